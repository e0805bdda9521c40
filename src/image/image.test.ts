// SPDX-License-Identifier: Apache-2.0
import { readFile, rm, writeFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { defineImage as define, type ImageMill, openImageMill } from '../../test/support/image-mill.ts'
import type { PackageWish } from '../../test/support/packed-apk.ts'
import { chunksOf, collectBytes, readTar } from '../archive/index.ts'
import { type Digest, digestOf } from '../base/index.ts'
import { type ImageManifest, parseConfig, parseManifest } from '../oci/index.ts'
import { type BuiltImage, buildImage, type ImageServices, openImageShelf, planImage } from './index.ts'

const never = new AbortController().signal
let mill: ImageMill
beforeAll(async () => {
  mill = await openImageMill()
})
afterAll(() => mill[Symbol.asyncDispose]())

/** Each test has an arch of its own, and so packages of its own. */
let arch: string
let count = 0
beforeEach(() => {
  arch = `arch${++count}`
})
const publish = (packages: Readonly<Record<string, PackageWish>>) => mill.publish(arch, packages)
const pack = (stem: string, wish: PackageWish) => mill.pack(stem, arch, wish)

const packagesOnly = (...names: string[]) => `contents: {packages: [${names.join(', ')}]}\n`

async function build(yaml: string): Promise<BuiltImage> {
  return (await buildImage(mill.f, await planImage(mill.f, define(yaml), arch), never)).image
}

const bytesOf = (digest: Digest) =>
  collectBytes(openImageShelf(mill.f).blobs.read(digest), 2 ** 30, `reading ${digest}`)

interface Seen {
  readonly type: string
  readonly mode: number
  readonly owner: string
  readonly mtimeSec: number
  readonly link: string
  readonly text: string
}

/** An image's files as they are after all its layers: what a container sees. */
async function treeOf(image: BuiltImage): Promise<Map<string, Seen>> {
  const tree = new Map<string, Seen>()
  for (const { descriptor } of image.layers) {
    const tar = gunzipSync(await bytesOf(descriptor.digest))
    const inLayer = new Set<string>()
    for await (const { entry, body } of readTar(chunksOf(tar), 'a layer')) {
      expect(inLayer.has(entry.path), `${entry.path} twice in a layer`).toBe(false)
      inLayer.add(entry.path)
      const text = Buffer.from(await collectBytes(body, 2 ** 20, entry.path)).toString()
      tree.set(entry.path, {
        type: entry.type,
        mode: entry.mode,
        owner: `${entry.uid}:${entry.gid}`,
        mtimeSec: entry.mtimeSec,
        link: entry.linkPath,
        text,
      })
    }
  }
  return tree
}

const base: PackageWish = {
  files: {
    'etc/passwd':
      'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n',
    'etc/group': 'root:x:0:\nnonroot:x:65532:\n',
    'etc/os-release': 'ID=test\n',
    tmp: { directory: 0o1777 },
    'usr/lib/base': 'base',
  },
}

describe('planning an image', () => {
  it('locks the packages that the wishes lead to, what is needed before who needs it', async () => {
    await publish({
      'base-1-r0': base,
      'liba-2-r0': { files: { 'usr/lib/liba.so': 'a' }, record: { provides: ['so:liba.so.1=1'] } },
      'app-3-r1': { files: { 'usr/bin/app': 'app' }, record: { depends: ['so:liba.so.1'] } },
      'other-1-r0': { files: { 'usr/bin/other': 'x' } },
    })
    const plan = await planImage(mill.f, define(packagesOnly('base', 'app')), arch)
    expect(plan.packages.map(({ record }) => `${record.name}-${record.version}`)).toEqual([
      'liba-2-r0',
      'app-3-r1',
      'base-1-r0',
    ])
  })

  it('gives a key that changes when an input does, and only then', async () => {
    await publish({ 'base-1-r0': base, 'unused-1-r0': { files: { x: '1' } } })
    const key = async (yaml: string, more: Partial<ImageServices> = {}) =>
      (await planImage({ ...mill.f, ...more }, define(yaml), arch)).key
    const first = await key(packagesOnly('base'))
    await publish({ 'unused-2-r0': { files: { x: '2' } } })
    expect(await key(packagesOnly('base'))).toBe(first)
    expect(await key(`${packagesOnly('base')}cmd: x\n`)).not.toBe(first)
    expect(await key(packagesOnly('base'), { keys: [] })).not.toBe(first)
    await publish({ 'base-1-r0': { files: { ...base.files, more: 'x' } } })
    expect(await key(packagesOnly('base'))).not.toBe(first)
  })

  it('says who wants what nobody provides, where it stands and what is near', async () => {
    await publish({
      'nginx-1-r0': { files: { x: '1' }, record: { depends: ['openssl-lbis'] } },
      'openssl-libs-3-r0': { files: { y: '1' } },
    })
    await expect(
      planImage(mill.f, define(`contents:\n  packages:\n    - nginx\n`), arch),
    ).rejects.toMatchObject({
      code: 'DEPENDENCY_UNSATISFIED',
      why: expect.stringContaining('openssl-libs'),
      at: { file: 'thing.yaml', line: 3 },
    })
  })

  it('never takes a package of the seed', async () => {
    const seed = await pack('gcc-1-r0', { files: { x: 'seed' } })
    await mill.offer('seed', arch, [seed])
    await expect(planImage(mill.f, define(packagesOnly('gcc')), arch)).rejects.toMatchObject({
      code: 'DEPENDENCY_UNSATISFIED',
    })
    const leaky = { packages: async () => [seed] }
    await expect(
      planImage({ ...mill.f, repository: leaky }, define(packagesOnly('gcc')), arch),
    ).rejects.toMatchObject({ code: 'ADMISSION_REFUSED', why: expect.stringContaining('seed') })
  })

  it('refuses an architecture that the image is not meant for', async () => {
    await expect(planImage(mill.f, define('archs: [arm64]'), arch)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      at: { line: 1 },
    })
  })
})

describe('the layers of an image', () => {
  it('are the packages’ own data members where a package is alone, and nothing of them is written again', async () => {
    await publish({ 'base-1-r0': base, 'app-1-r0': { files: { 'usr/bin/app': 'app' } } })
    const image = await build(packagesOnly('base', 'app'))
    const datahashes = (await mill.f.repository.packages('edge', arch)).map(({ datahash }) => datahash)
    expect(
      image.layers
        .slice(0, -1)
        .map(({ descriptor }) => descriptor.digest)
        .sort(),
    ).toEqual(datahashes.sort())
    for (const digest of datahashes) expect(await mill.f.blobs.has(digest)).toBe(false)
    expect(image.layers.map(({ filling }) => filling.map(({ name }) => name))).toEqual([
      ['base'],
      ['app'],
      ['accounts, apk’s database, links'],
    ])
  })

  it('hold packages of one origin together, and beyond the budget the smallest', async () => {
    const big = (size: number) => 'x'.repeat(size)
    await publish({
      'curl-1-r0': { files: { 'usr/bin/curl': big(9000) } },
      'libcurl-1-r0': { files: { 'usr/lib/libcurl': big(9000) }, record: { origin: 'curl' } },
      'large-1-r0': { files: { 'usr/lib/large': big(50_000) } },
      'small-1-r0': { files: { 'usr/bin/small': big(10) } },
      'tiny-1-r0': { files: { 'etc/tiny': big(5) } },
    })
    const image = await build(
      `${packagesOnly('curl', 'libcurl', 'large', 'small', 'tiny')}layering: {strategy: origin, budget: 3}\n`,
    )
    expect(image.layers.map(({ filling }) => filling.map(({ name }) => name))).toEqual([
      ['large'],
      ['curl', 'libcurl'],
      ['small', 'tiny'],
      ['accounts, apk’s database, links'],
    ])
    const tree = await treeOf(image)
    for (const path of ['usr/bin/curl', 'usr/lib/libcurl', 'usr/lib/large', 'usr/bin/small', 'etc/tiny'])
      expect(tree.has(path), path).toBe(true)
  })

  it('are known by digests that are true', async () => {
    await publish({
      'a-1-r0': { files: { 'usr/a': 'a' } },
      'b-1-r0': { files: { 'usr/b': 'b' } },
      'c-1-r0': base,
    })
    const image = await build(`${packagesOnly('a', 'b', 'c')}layering: {strategy: origin, budget: 1}\n`)
    const manifest = parseManifest(await bytesOf(image.digest), 'the manifest') as ImageManifest
    const config = parseConfig(await bytesOf(manifest.config.digest), 'the config')
    for (const [index, { digest, size }] of manifest.layers.entries()) {
      const bytes = await bytesOf(digest)
      expect(bytes.length).toBe(size)
      expect(digestOf(bytes)).toBe(digest)
      expect(digestOf(gunzipSync(bytes))).toBe(config.rootfs.diff_ids[index])
    }
  })

  it('of a package that others wrote stand alone', async () => {
    const { layout, ...foreign } = await pack('foreign-1-r0', {
      files: { 'usr/foreign': 'x' },
    })
    expect(layout.rest.lengthBytes).toBeGreaterThan(0)
    await mill.offer('edge', arch, [{ ...foreign, layout: null }])
    await publish({ 'a-1-r0': { files: { 'usr/a': 'a' } }, 'b-1-r0': { files: { 'usr/b': 'b' } } })
    const image = await build(`${packagesOnly('a', 'b', 'foreign')}layering: {strategy: origin, budget: 1}\n`)
    expect(image.layers.map(({ filling }) => filling.map(({ name }) => name)).slice(0, 2)).toEqual([
      ['a', 'b'],
      ['foreign'],
    ])
    expect((await treeOf(image)).get('usr/foreign')?.text).toBe('x')
  })

  it('do not change when they are made again', async () => {
    await publish({ 'base-1-r0': base, 'app-1-r0': { files: { 'usr/bin/app': 'app' } } })
    const first = await build(packagesOnly('base', 'app'))
    const again = await build(packagesOnly('app', 'base', 'base'))
    expect(again.layers.map(({ descriptor }) => descriptor).slice(0, 2)).toEqual(
      first.layers.map(({ descriptor }) => descriptor).slice(0, 2),
    )
    expect(await build(packagesOnly('base', 'app'))).toEqual(first)
  })

  it('that were damaged in the store are never given out whole, and the damage is put aside', async () => {
    await publish({ 'a-1-r0': { files: { 'usr/a': 'a'.repeat(3000) } } })
    const image = await build(packagesOnly('a'))
    const [apk] = await mill.f.repository.packages('edge', arch)
    const path = await mill.f.blobs.localPath(apk?.file as Digest)
    const bytes = await readFile(path)
    bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1
    await rm(path)
    await writeFile(path, bytes)
    await expect(bytesOf(image.layers[0]?.descriptor.digest as Digest)).rejects.toMatchObject({
      code: 'BLOB_CORRUPT',
    })
    expect(await mill.f.blobs.has(apk?.file as Digest)).toBe(false)
  })

  it('are verified by the packages they are made of, before a part of them is given out', async () => {
    await publish({
      'a-1-r0': { files: { 'usr/a': 'a'.repeat(3000) }, record: { origin: 'both' } },
      'b-1-r0': { files: { 'usr/b': 'b'.repeat(3000) }, record: { origin: 'both' } },
    })
    const image = await build(packagesOnly('a', 'b'))
    const { blobs } = openImageShelf(mill.f)
    const [layer, top] = image.layers.map(({ descriptor }) => descriptor.digest)
    if (layer === undefined || top === undefined) throw new Error('there are two layers')
    await blobs.verify(layer)
    await blobs.verify(top)
    const apks = await mill.f.repository.packages('edge', arch)
    const file = apks.find(({ record }) => record.name === 'b')?.file as Digest
    const path = await mill.f.blobs.localPath(file)
    const bytes = await readFile(path)
    bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1
    await rm(path)
    await writeFile(path, bytes)
    await expect(blobs.verify(layer)).rejects.toMatchObject({ code: 'BLOB_CORRUPT' })
    expect(await mill.f.blobs.has(file)).toBe(false)
    await expect(blobs.verify(layer)).rejects.toMatchObject({ code: 'BLOB_MISSING' })
  })
})

describe('files that two packages have', () => {
  const both = (one: PackageWish, two: PackageWish) => async () => {
    await publish({ 'one-1-r0': one, 'two-1-r0': two })
    return build(packagesOnly('one', 'two'))
  }
  const owns = async (image: BuiltImage, path: string) => {
    const text = (await treeOf(image)).get('usr/lib/apk/db/installed')?.text ?? ''
    const records = text.split('\n\n').filter((record) => record !== '')
    const name = path.slice(path.lastIndexOf('/') + 1)
    return records
      .filter((record) => record.includes(`\nR:${name}\n`) || record.endsWith(`\nR:${name}`))
      .map((record) => /^P:(.*)$/m.exec(record)?.[1])
  }

  it('and that differ are an error naming both', async () => {
    await expect(both({ files: { 'usr/x': '1' } }, { files: { 'usr/x': '2' } })()).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      why: expect.stringMatching(/\/usr\/x is in one-1-r0 .* two-1-r0/),
    })
  })

  it.each([
    ['a link with another target', { link: 'a' }, { link: 'b' }],
    ['a directory and a file', { directory: 0o755 }, 'x'],
    ['a file and a link', 'x', { link: 'x' }],
  ] as const)('as %s are an error', async (_, one, two) => {
    await expect(both({ files: { 'usr/x': one } }, { files: { 'usr/x': two } })()).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
    })
  })

  it('are an error when one’s directory is the other’s link', async () => {
    await expect(
      both({ files: { lib: { link: 'usr/lib' } } }, { files: { 'lib/libx.so': 'x' } })(),
    ).rejects.toMatchObject({ code: 'IMAGE_INVALID', why: expect.stringMatching(/\/lib is in/) })
  })

  it('and that are the same are no conflict', async () => {
    const image = await both({ files: { 'usr/x': 'same' } }, { files: { 'usr/x': 'same' } })()
    expect((await treeOf(image)).get('usr/x')?.text).toBe('same')
    expect(await owns(image, 'usr/x')).toEqual(['one'])
  })

  it('belong to the later one of the same origin', async () => {
    const origin = { record: { origin: 'both' } }
    const image = await both({ files: { 'usr/x': '1' }, ...origin }, { files: { 'usr/x': '2' }, ...origin })()
    expect((await treeOf(image)).get('usr/x')?.text).toBe('2')
    expect(await owns(image, 'usr/x')).toEqual(['two'])
  })

  it.each([
    ['replaces', ['two'], '1', 'one'],
    ['replaces a version of', ['two<2'], '1', 'one'],
  ])('belong to the one that %s the other', async (_, replaces, text, owner) => {
    const image = await both({ files: { 'usr/x': '1' }, record: { replaces } }, { files: { 'usr/x': '2' } })()
    expect((await treeOf(image)).get('usr/x')?.text).toBe(text)
    expect(await owns(image, 'usr/x')).toEqual([owner])
  })

  it('are an error when the version that is replaced is another', async () => {
    await expect(
      both({ files: { 'usr/x': '1' }, record: { replaces: ['two<1'] } }, { files: { 'usr/x': '2' } })(),
    ).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
  })

  it('that are directories have the first one’s mode, in whichever layer', async () => {
    const image = await both(
      { files: { 'var/x': { directory: 0o700 }, 'var/x/1': '1' } },
      { files: { 'var/x': { directory: 0o755 }, 'var/x/2': '2', 'var/x/big': 'x'.repeat(9000) } },
    )()
    expect((await treeOf(image)).get('var/x')?.mode).toBe(0o700)
  })
})

describe('the top of an image', () => {
  it('has what apk needs to know', async () => {
    await publish({ 'base-1-r0': base, 'app-2-r3': { files: { 'usr/bin/app': 'app' } } })
    const tree = await treeOf(
      await build(`contents:
  packages: [base, app]
  repositories: [https://b.example/, https://a.example]
  runtime_repositories: [https://c.example]
  runtime_keyring:
    - {name: other.rsa.pub, content: "-----BEGIN PUBLIC KEY-----"}
`),
    )
    const text = (path: string) => tree.get(path)?.text
    expect(text('etc/apk/world')).toBe('app=2-r3\nbase=1-r0\n')
    expect(text('etc/apk/repositories')).toBe('https://a.example\nhttps://b.example\nhttps://c.example\n')
    expect(text('etc/apk/arch')).toBe(`${arch}\n`)
    expect(text('etc/apk/keys/test.rsa.pub')).toBe(mill.signer.pem)
    expect(text('etc/apk/keys/other.rsa.pub')).toContain('PUBLIC KEY')
    expect(tree.get('usr/lib/apk/db/lock')?.mode).toBe(0o600)
    expect(tree.get('lib/apk')).toMatchObject({ type: 'symlink', link: '../usr/lib/apk' })
    expect(tree.get('tmp')?.mode).toBe(0o1777)
    const installed = text('usr/lib/apk/db/installed') ?? ''
    expect(installed).toMatch(/^P:app\nV:2-r3\n[\s\S]*F:usr\/bin\nR:app\nZ:Q1/)
    expect(JSON.parse(text('etc/apko.json') ?? '')).toMatchObject({
      contents: { packages: ['app=2-r3', 'base=1-r0'] },
      archs: [arch],
    })
    expect(text('etc/os-release')).toBe('ID=test\n')
  })

  it('leaves /lib/apk out where /lib is a link, and says who the system is where no package does', async () => {
    await publish({ 'merged-1-r0': { files: { lib: { link: 'usr/lib' }, 'usr/lib/x': 'x' } } })
    const tree = await treeOf(await build(packagesOnly('merged')))
    expect(tree.has('lib/apk')).toBe(false)
    expect(tree.get('lib')?.type).toBe('symlink')
    expect(tree.get('etc/os-release')?.text).toContain('ID=millrace')
  })

  it('has the accounts that were asked for, and every user’s home', async () => {
    await publish({ 'base-1-r0': base })
    const image = await build(`${packagesOnly('base')}accounts:
  run-as: web
  users:
    - {username: web, uid: 1001, homedir: /srv/web}
    - {username: ops, uid: 1002, gid: 7, shell: /bin/bash}
  groups:
    - {groupname: web, gid: 1001, members: [ops, web]}
`)
    const tree = await treeOf(image)
    expect(tree.get('etc/passwd')?.text.split('\n').slice(2)).toEqual([
      'web:x:1001:1001:Account created by Millrace:/srv/web:/bin/sh',
      'ops:x:1002:7:Account created by Millrace:/home/ops:/bin/bash',
      '',
    ])
    expect(tree.get('etc/group')?.text).toMatch(/nonroot:x:65532:\nweb:x:1001:ops,web\n$/)
    expect(tree.get('etc/shadow')).toMatchObject({ mode: 0o640, text: 'web:!:::::::\nops:!:::::::\n' })
    expect(tree.get('home/nonroot')).toMatchObject({ mode: 0o700, owner: '65532:65532' })
    expect(tree.get('home/ops')).toMatchObject({ mode: 0o700, owner: '1002:7' })
    expect(tree.get('srv')).toMatchObject({ mode: 0o755, owner: '0:0' })
    expect(image.facts.user).toBe('1001')
  })

  it('gives a home below /home that a package made to its user, and leaves others', async () => {
    await publish({
      'base-1-r0': {
        files: { ...base.files, 'home/nonroot': { directory: 0o700 }, root: { directory: 0o700 } },
      },
    })
    const tree = await treeOf(await build(packagesOnly('base')))
    expect(tree.get('home/nonroot')).toMatchObject({ mode: 0o700, owner: '65532:65532' })
    expect(tree.get('root')).toMatchObject({ mode: 0o700, owner: '0:0' })
  })

  it('runs as a user that packages brought, and refuses one that nobody did', async () => {
    await publish({ 'base-1-r0': base })
    expect((await build(`${packagesOnly('base')}accounts: {run-as: nonroot}\n`)).facts.user).toBe('65532')
    await expect(build(`${packagesOnly('base')}accounts:\n  run-as: nonrot\n`)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      fix: 'did you mean nonroot?',
      at: { line: 3 },
    })
  })

  it('does what paths asks for, in its order', async () => {
    await publish({
      'base-1-r0': base,
      'app-1-r0': {
        files: {
          'usr/bin/app': { bytes: 'the app', mode: 0o755 },
          bin: { link: 'usr/bin' },
          'var/app/a': 'a',
          'var/app/b': { link: '/etc/passwd' },
        },
      },
    })
    const tree = await treeOf(
      await build(`${packagesOnly('base', 'app')}paths:
  - {path: /data/deep, type: directory, uid: 65532, permissions: 0o750}
  - {path: /bin/own, type: empty-file}
  - {path: /usr/bin/also, type: symlink, source: app}
  - {path: /usr/bin/copy, type: hardlink, source: /bin/app}
  - {path: /usr/bin/app, type: permissions, permissions: 0o4711}
  - {path: /var/app, type: directory, uid: 5, gid: 6, permissions: 0o700, recursive: true}
`),
    )
    expect(tree.get('data/deep')).toMatchObject({ mode: 0o750, owner: '65532:0' })
    expect(tree.get('data')).toMatchObject({ mode: 0o750, owner: '0:0' })
    expect(tree.get('usr/bin/own')).toMatchObject({ mode: 0o644, text: '' })
    expect(tree.has('bin/own')).toBe(false)
    expect(tree.get('usr/bin/also')).toMatchObject({ type: 'symlink', link: 'app' })
    expect(tree.get('usr/bin/copy')).toMatchObject({ type: 'file', mode: 0o755, text: 'the app' })
    expect(tree.get('usr/bin/app')).toMatchObject({ mode: 0o4711, text: 'the app' })
    expect(tree.get('var/app')).toMatchObject({ mode: 0o700, owner: '5:6' })
    expect(tree.get('var/app/a')).toMatchObject({ mode: 0o700, owner: '5:6', text: 'a' })
    expect(tree.get('var/app/b')).toMatchObject({ type: 'symlink', owner: '0:0' })
    expect(tree.get('etc/passwd')).toMatchObject({ mode: 0o644, owner: '0:0' })
  })

  it.each([
    ['a link where something is', '/usr/lib/base, type: symlink, source: x', /file already/],
    ['permissions of nothing', '/nothing, type: permissions, permissions: 0o7', /no \/nothing/],
    ['a directory below a file', '/usr/lib/base/x, type: directory', /leads through a file/],
    ['a directory where a file is', '/usr/lib/base, type: directory', /file already/],
    ['a copy of nothing', '/x, type: hardlink, source: /nothing', /no \/nothing/],
  ])('refuses %s', async (_, entry, why) => {
    await publish({ 'base-1-r0': base })
    await expect(build(`${packagesOnly('base')}paths:\n  - {path: ${entry}}\n`)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      why: expect.stringMatching(why),
      at: { line: 3 },
    })
  })

  it('links busybox’s applets where its package lists them and nothing else is', async () => {
    await publish({
      'base-1-r0': base,
      'busybox-1-r0': {
        files: {
          'usr/bin/busybox': { bytes: 'bb', mode: 0o755 },
          bin: { link: 'usr/bin' },
          'usr/bin/own': 'own',
          'etc/busybox-paths.d/busybox': '/bin/sh\n/usr/bin/own\n/sbin/init\n../escape\n',
        },
        record: { buildTimeSec: 1_600_000_000 },
      },
    })
    const image = await build(packagesOnly('base', 'busybox'))
    const tree = await treeOf(image)
    expect(tree.get('usr/bin/sh')).toMatchObject({
      type: 'symlink',
      link: '/bin/busybox',
      mtimeSec: 1_600_000_000,
    })
    expect(tree.get('sbin/init')?.link).toBe('/bin/busybox')
    expect(tree.get('usr/bin/own')?.type).toBe('file')
    expect([...tree.keys()].filter((path) => path.includes('escape'))).toEqual([])
    expect(image.facts.shell).toBe(true)
  })

  it('says how the image runs', async () => {
    await publish({
      'base-1-r0': { ...base, record: { buildTimeSec: 1_700_000_000 } },
      'old-1-r0': { files: { x: 'x' }, record: { buildTimeSec: 5 } },
    })
    const image = await build(`${packagesOnly('base', 'old')}entrypoint: {command: "/usr/bin/app 'a b'"}
cmd: --help
work-dir: /srv
stop-signal: SIGQUIT
volumes: [/data]
environment: {PATH: /usr/bin, X: "1"}
annotations: {org.opencontainers.image.title: thing}
`)
    const config = parseConfig(await bytesOf(image.config.digest), 'the config')
    expect(config).toMatchObject({
      created: '2023-11-14T22:13:20Z',
      os: 'linux',
      architecture: arch,
      config: {
        Entrypoint: ['/usr/bin/app', 'a b'],
        Cmd: ['--help'],
        WorkingDir: '/srv',
        StopSignal: 'SIGQUIT',
        Volumes: { '/data': {} },
        Env: ['PATH=/usr/bin', 'SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt', 'X=1'],
        Labels: {
          'org.opencontainers.image.created': '2023-11-14T22:13:20Z',
          'org.opencontainers.image.title': 'thing',
        },
      },
    })
    expect(config.history).toHaveLength(config.rootfs.diff_ids.length)
  })
})

describe('an image of no packages', () => {
  it('is the top layer alone', async () => {
    const image = await build('cmd: x\n')
    expect(image.layers).toHaveLength(1)
    expect((await treeOf(image)).get('etc/apk/world')?.text).toBe('')
  })
})
