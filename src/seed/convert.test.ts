// SPDX-License-Identifier: Apache-2.0
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApkSigner, openApk, type PkgInfo } from '../apk/index.ts'
import { collectBytes, TAR_END, type TarEntry, tarEntry, tarHeader, tarPadding } from '../archive/index.ts'
import { digestOf, HOST_ENV, makeTempDirectory, runCommand, type TempDirectory } from '../base/index.ts'
import { loadKeys } from '../keys/index.ts'
import { type BlobStore, openBlobDirectory } from '../store/index.ts'
import { contentsOfBaselayout } from './contents.ts'
import { convertDeb, makeSeedApk, type SeedPackage } from './convert.ts'
import type { DebianPackage } from './debian-package.ts'
import { parseSeedSpec } from './seed-spec.ts'

let temp: TempDirectory
let store: BlobStore
let signer: ApkSigner
let keyring: ReadonlyMap<string, string>
beforeAll(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-convert')
  store = await openBlobDirectory(join(temp.path, 'blobs'))
  const { apk } = await loadKeys(join(temp.path, 'keys'))
  signer = apk
  keyring = new Map([[apk.publicKeyName, apk.publicPem]])
})
afterAll(() => temp[Symbol.asyncDispose]())

type Entry = Partial<TarEntry> & Pick<TarEntry, 'path' | 'type'> & { readonly body?: string }

function tar(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap(({ body = '', ...entry }) => {
    const bytes = Buffer.from(body)
    const whole = tarEntry({ mtimeSec: 1000, ...entry, sizeBytes: bytes.length })
    return [tarHeader(whole), bytes, tarPadding(bytes.length)]
  })
  return Buffer.concat([...parts, TAR_END])
}

function ar(members: readonly (readonly [name: string, body: Uint8Array])[]): Buffer {
  const parts = members.flatMap(([name, body]) => [
    Buffer.from(`${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}`),
    Buffer.from(`${String(body.length).padEnd(10)}\`\n`),
    body,
    Buffer.alloc(body.length % 2, '\n'),
  ])
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts])
}

const deb = (
  entries: readonly Entry[],
  name = 'data.tar.gz',
  pack: (bytes: Buffer) => Uint8Array = gzipSync,
) =>
  ar([
    ['debian-binary', Buffer.from('2.0\n')],
    [
      'control.tar.gz',
      gzipSync(
        tar([
          {
            path: './control',
            type: 'file',
            body: 'Package: foo\nVersion: 1-2\nArchitecture: all\nMaintainer: x\nDescription: x\n',
          },
        ]),
      ),
    ],
    [name, pack(tar(entries))],
  ])

const spec = parseSeedSpec(
  `
suite: trixie
architectures: {x86_64: amd64}
names: {}
drop: [usr/share/doc, usr/share/man]
links: {foo: {usr/bin/f: foo}}
joined: {foo: {etc/all.pem: usr/share/certs/*.crt}}
baselayout:
  directories: {tmp: '1777', usr/lib: '755'}
  links: {lib: usr/lib}
  files: {etc/ld.so.conf.d/00-distro.conf: "/usr/lib\\n"}
`,
  'seed.yaml',
)

let count = 0
async function convert(bytes: Buffer): Promise<SeedPackage> {
  const { digest } = await store.putBytes(bytes)
  const debian: DebianPackage = {
    ...{ name: 'foo', version: '1:1.2+dfsg-3+deb13u1', source: 'foo-source', summary: 'A foo', homepage: '' },
    ...{ depends: [], provides: [], uri: '', digest, sizeBytes: bytes.length },
  }
  const directory = join(temp.path, `work-${++count}`)
  await mkdir(directory)
  const identity = { arch: 'x86_64', depends: ['seed-baselayout'], provides: ['other'] }
  return convertDeb(
    { store, exec: runCommand, signer },
    debian,
    spec,
    identity,
    directory,
    new AbortController().signal,
  )
}

/** What an apk of the store holds, checked against the key that signed it: `d 755 usr`, `f 644 usr/x TEXT`, `l usr/y → x`. */
async function contentOf({
  file,
}: SeedPackage): Promise<{ readonly lines: string[]; readonly info: PkgInfo }> {
  const { info, data } = await openApk(store.read(file), 'the package', keyring)
  const lines: string[] = []
  for await (const { entry, body } of data) {
    const text = Buffer.from(await collectBytes(body, 1e6, 'a file')).toString()
    const mode = entry.mode.toString(8)
    if (entry.type === 'directory') lines.push(`d ${mode} ${entry.path}`)
    else if (entry.type === 'file') lines.push(`f ${mode} ${entry.path} ${text}`)
    else lines.push(`${entry.type === 'symlink' ? 'l' : 'h'} ${entry.path} → ${entry.linkPath}`)
  }
  return { lines, info }
}

const FOO: readonly Entry[] = [
  { path: './', type: 'directory' },
  { path: './bin/', type: 'directory' },
  { path: './bin/foo', type: 'file', mode: 0o4755, body: '#!/bin/sh\n' },
  { path: './usr/bin/bar', type: 'hardlink', linkPath: './bin/foo' },
  { path: './lib64', type: 'symlink', linkPath: 'usr/lib64' },
  { path: './lib/libfoo.so', type: 'symlink', linkPath: '../usr/lib/m/libfoo.so.1' },
  { path: './lib/libfoo.so.1', type: 'file', body: 'library', mtimeSec: 2000 },
  { path: './usr/share/doc/foo/README', type: 'file', body: 'read me', mtimeSec: 9 },
  { path: './usr/share/certs/b.crt', type: 'file', body: 'B\n' },
  { path: './usr/share/certs/a.crt', type: 'file', body: 'A\n' },
  { path: './etc/empty', type: 'file', uid: 5, uname: 'games' },
]

describe('a .deb becomes an apk', () => {
  it('merged below usr, without what is dropped and setuid bits, with links and joined files', async () => {
    const { lines } = await contentOf(await convert(deb(FOO)))
    expect(lines.sort()).toEqual([
      'd 755 etc',
      'd 755 usr',
      'd 755 usr/bin',
      'd 755 usr/lib',
      'd 755 usr/share',
      'd 755 usr/share/certs',
      'f 644 etc/all.pem A\nB\n',
      'f 644 etc/empty ',
      'f 644 usr/lib/libfoo.so.1 library',
      'f 644 usr/share/certs/a.crt A\n',
      'f 644 usr/share/certs/b.crt B\n',
      'f 755 usr/bin/bar #!/bin/sh\n',
      'h usr/bin/foo → usr/bin/bar',
      'l usr/bin/f → foo',
      'l usr/lib/libfoo.so → m/libfoo.so.1',
    ])
  })

  it('that says what it was made of, what it provides, and how it is not Debian’s any more', async () => {
    const bytes = deb(FOO)
    const made = await convert(bytes)
    const { info } = await contentOf(made)
    expect(info).toMatchObject({
      ...{ name: 'foo', version: '1.2-r30001', arch: 'x86_64', origin: 'foo-source', description: 'A foo' },
      ...{ depends: ['seed-baselayout'], buildTimeSec: 2000 },
      provides: ['cmd:bar', 'cmd:f', 'cmd:foo', 'other', 'so:libfoo.so.1'],
    })
    expect(made.deb).toEqual({ name: 'foo', version: '1:1.2+dfsg-3+deb13u1', digest: digestOf(bytes) })
    expect(made.record).toMatchObject({
      name: 'foo',
      version: '1.2-r30001',
      sizeBytes: (await store.stat(made.file))?.sizeBytes,
    })
    const head = await runCommand({
      program: 'tar',
      args: ['-xzOf', await store.localPath(made.file), '.PKGINFO'],
      env: HOST_ENV,
    })
    expect(head.stdout).toContain('# seed = debian trixie')
    expect(head.stdout).toContain('# changed = ')
  })

  it('of the same bytes each time', async () => {
    const [first, second] = [await convert(deb(FOO)), await convert(deb(FOO))]
    expect(second).toEqual(first)
  })

  it.each<[string, (bytes: Buffer) => Uint8Array]>([
    ['data.tar', (bytes) => bytes],
    ['data.tar.gz', gzipSync],
    ['data.tar.zst', zstdCompressSync],
  ])('whatever compresses its data: %s', async (name, pack) => {
    const { datahash } = await convert(deb(FOO, name, pack))
    expect(datahash).toBe((await convert(deb(FOO))).datahash)
  })

  it('in the order of paths, whatever the order in the archive', async () => {
    const links = FOO.filter(({ type }) => type === 'hardlink')
    const others = FOO.filter(({ type }) => type !== 'hardlink')
    const made = await convert(deb([...others.toReversed(), ...links]))
    expect(made.datahash).toBe((await convert(deb(FOO))).datahash)
  })

  it('of libc6 has a second name for its loader, by which the seed’s programs find it', async () => {
    const path = './usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2'
    const { lines } = await contentOf(
      await convert(deb([{ path, type: 'file', mode: 0o755, body: 'loader' }])),
    )
    expect(lines).toContain(`l usr/lib/ld-seed.so → ${path.slice(1)}`)
  })
})

const LATER: Entry = { path: './a/b', type: 'file', body: 'x' }
describe('a hostile .deb is refused', () => {
  it.each<[string, readonly Entry[]]>([
    ['a path upwards', [{ path: './usr/../../etc/passwd', type: 'file', body: 'x' }]],
    ['an absolute path', [{ path: '/etc/passwd', type: 'file', body: 'x' }]],
    ['a file below a link', [{ path: './a', type: 'symlink', linkPath: '/etc' }, LATER]],
    ['a file below a file', [{ path: './a', type: 'file', body: 'x' }, LATER]],
    ['a file for a directory', [LATER, { path: './a', type: 'file', body: 'x' }]],
    ['a hard link outside', [{ path: './a', type: 'hardlink', linkPath: '/etc/shadow' }]],
    ['a hard link upwards', [{ path: './a', type: 'hardlink', linkPath: '../x' }]],
    ['a hard link to nothing', [{ path: './a', type: 'hardlink', linkPath: './b' }]],
    ['a character device', [{ path: './dev/null', type: 'char', devMajor: 1, devMinor: 3 }]],
    ['a block device', [{ path: './dev/sda', type: 'block', devMajor: 8 }]],
    ['a FIFO', [{ path: './pipe', type: 'fifo' }]],
  ])('%s', async (_, entries) => {
    await expect(convert(deb(entries))).rejects.toMatchObject({
      code: 'ARCHIVE_HOSTILE',
      what: 'converting foo 1:1.2+dfsg-3+deb13u1',
    })
  })

  it.each<[string, Buffer, string]>([
    ['no archive', Buffer.from('hello'), 'ARCHIVE_INVALID'],
    ['no data', ar([['debian-binary', Buffer.from('2.0\n')]]), 'ARCHIVE_INVALID'],
    ['data of an unknown kind', ar([['data.tar.lzo', Buffer.alloc(10)]]), 'ARCHIVE_INVALID'],
    ['a member that ends too early', deb(FOO).subarray(0, -600), 'ARCHIVE_INVALID'],
    ['data that cannot be unpacked', deb(FOO, 'data.tar.xz', () => Buffer.from('xz?')), 'TOOL_FAILED'],
    ['data that is no tar', deb(FOO, 'data.tar', () => Buffer.alloc(1024, 'x')), 'ARCHIVE_INVALID'],
    [
      'a tar that ends too early',
      deb(FOO, 'data.tar', (bytes) => bytes.subarray(0, 1500)),
      'ARCHIVE_INVALID',
    ],
  ])('%s', async (_, bytes, code) => {
    await expect(convert(bytes)).rejects.toMatchObject({ code })
  })
})

describe('packages that only this seed has', () => {
  const make = async (name: string, depends: string[]) => {
    const directory = join(temp.path, `work-${++count}`)
    await mkdir(directory)
    return makeSeedApk(
      { store, exec: runCommand, signer },
      name,
      spec,
      { arch: 'x86_64', depends, provides: [] },
      directory,
    )
  }

  it('the bare tree', async () => {
    const { lines, info } = await contentOf(await make('seed-baselayout', []))
    expect(lines.sort()).toEqual([
      'd 1777 tmp',
      'd 755 etc',
      'd 755 etc/ld.so.conf.d',
      'd 755 usr',
      'd 755 usr/lib',
      'f 644 etc/ld.so.conf.d/00-distro.conf /usr/lib\n',
      'l lib → usr/lib',
    ])
    expect(info).toMatchObject({ name: 'seed-baselayout', version: '0-r0', depends: [] })
    expect(contentsOfBaselayout(spec)).toHaveLength(7)
  })

  it('a name that stands for several', async () => {
    const { lines, info } = await contentOf(await make('build-base', ['gcc', 'make']))
    expect(lines).toEqual([])
    expect(info).toMatchObject({ name: 'build-base', depends: ['gcc', 'make'] })
  })
})

describe('dpkg-deb', () => {
  it('lists the same files', async ({ skip }) => {
    const bytes = deb(FOO)
    const path = join(temp.path, 'foo.deb')
    await writeFile(path, bytes)
    const peer = await runCommand({
      program: 'sh',
      args: ['-c', 'dpkg-deb --fsys-tarfile "$1" | tar -tf -', 'sh', path],
      env: HOST_ENV,
    })
    if (peer.stdout === '') {
      console.warn(`skipped: dpkg-deb: ${peer.stderr}`)
      skip(`dpkg-deb does not work here: ${peer.stderr}`)
    }
    const theirs = peer.stdout
      .split('\n')
      .filter((line) => line !== '' && !line.endsWith('/') && !line.includes('/doc/') && line !== './lib64')
    const merged = theirs.map((line) => line.slice(2).replace(/^(bin|lib)\//, 'usr/$1/')).sort()
    const { lines } = await contentOf(await convert(bytes))
    const ours = lines
      .filter((line) => !line.startsWith('d'))
      .map((line) => / ((?:etc|usr)\/\S+)/.exec(line)?.[1] ?? '')
    expect(ours.filter((one) => one !== 'usr/bin/f' && one !== 'etc/all.pem').sort()).toEqual(merged)
  })
})
