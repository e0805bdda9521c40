// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ApkContent, writeApkData } from '../apk/index.ts'
import { chunksOf, collectBytes, readTar } from '../archive/index.ts'
import {
  canonicalJson,
  type Digest,
  digestOf,
  type Exec,
  isMillraceError,
  type Json,
  lastWords,
  runCommand,
} from '../base/index.ts'
import {
  EMPTY_JSON,
  hashLayer,
  imageLayout,
  type LayerPart,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_LAYER,
  OCI_MANIFEST,
  type PackedTree,
  parseConfig,
  parseManifest,
  readParts,
  stitchLayer,
  writeConfig,
  writeDocument,
  writeIndex,
  writeManifest,
} from './index.ts'

interface Made {
  readonly tree: PackedTree
  readonly entries: readonly ApkContent[]
}

/** Blobs of the test, each a data member behind some other bytes, as in a package. */
const blobs = new Map<Digest, Uint8Array>()
const read = (blob: Digest, start: number, end: number) =>
  chunksOf(Buffer.from(blobs.get(blob) ?? []).subarray(start, end))
const bytesOf = (parts: readonly LayerPart[], range?: { start: number; end: number }) =>
  collectBytes(readParts(parts, read, range), 2 ** 30, 'the layer')

/** `usr/bin/x` → its text; every parent is made. */
async function pack(files: Record<string, string>, mode = 0o755, mtimeSec = 7): Promise<Made> {
  const directories = new Set(
    Object.keys(files).flatMap((path) =>
      path
        .split('/')
        .slice(0, -1)
        .map((_, depth, parts) => parts.slice(0, depth + 1).join('/')),
    ),
  )
  const entries: ApkContent[] = [
    ...[...directories].map((path) => contentOf(path, 'directory', '', mode)),
    ...Object.entries(files).map(([path, text]) => contentOf(path, 'file', text, 0o644)),
  ]
  const written: Uint8Array[] = [Buffer.from('the control members')]
  const data = await writeApkData(entries, mtimeSec, async (bytes) => void written.push(bytes))
  const bytes = Buffer.concat(written)
  blobs.set(digestOf(bytes), bytes)
  return { tree: { blob: digestOf(bytes), memberStart: 19, ...data }, entries }
}

function contentOf(path: string, type: 'file' | 'directory', text: string, mode: number): ApkContent {
  const bytes = Buffer.from(text)
  return { path, type, mode, sizeBytes: bytes.length, linkTarget: '', open: () => chunksOf(bytes) }
}

async function listing(tar: Uint8Array): Promise<string[]> {
  const lines: string[] = []
  for await (const { entry, body } of readTar(chunksOf(tar), 'the layer')) {
    const text = Buffer.from(await collectBytes(body, 2 ** 20, 'a body')).toString()
    lines.push(`${entry.type} ${entry.mode.toString(8)} ${entry.mtimeSec} ${entry.path} ${text}`)
  }
  return lines
}

describe('a stitched layer', () => {
  it('has each directory once, first, and then every package’s files as they were packed', async () => {
    const one = await pack({ 'usr/bin/one': 'one', 'etc/one.conf': '1' }, 0o755, 5)
    const two = await pack({ 'usr/bin/two': 'two', 'usr/lib/libtwo.so': 'library' }, 0o700, 9)
    const parts = stitchLayer([one.tree, two.tree])
    expect(await listing(gunzipSync(await bytesOf(parts)))).toEqual([
      'directory 755 5 etc ',
      'directory 755 9 usr ',
      'directory 755 9 usr/bin ',
      'directory 700 9 usr/lib ',
      'file 644 5 etc/one.conf 1',
      'file 644 5 usr/bin/one one',
      'file 644 9 usr/bin/two two',
      'file 644 9 usr/lib/libtwo.so library',
    ])
  })

  it('is known by the digests of its bytes and of its tar', async () => {
    const parts = stitchLayer([(await pack({ 'a/b': 'x' })).tree, (await pack({ 'a/c': 'y' })).tree])
    const bytes = await bytesOf(parts)
    expect(await hashLayer(parts, read, 'the layer')).toEqual({
      digest: digestOf(bytes),
      diffId: digestOf(gunzipSync(bytes)),
      sizeBytes: bytes.length,
    })
  })

  it('copies compressed bytes and makes few of its own', async () => {
    const { tree } = await pack({ 'big/file': Buffer.from(randomText(200_000)).toString() })
    const literal = stitchLayer([tree]).reduce(
      (sum, part) => sum + ('bytes' in part ? part.bytes.length : 0),
      0,
    )
    expect(literal).toBeLessThan(500)
  })

  it('of packages without files, or of none, is still a tar', async () => {
    expect(await listing(gunzipSync(await bytesOf(stitchLayer([]))))).toEqual([])
    const empty = await writeApkData([], 0, async () => {})
    expect(
      await listing(
        gunzipSync(await bytesOf(stitchLayer([{ blob: digestOf(''), memberStart: 0, ...empty }]))),
      ),
    ).toEqual([])
  })

  it('whose recorded checksum is not that of its bytes is refused', async () => {
    const { tree } = await pack({ 'a/b': 'x' })
    const wrong = { ...tree, rest: { ...tree.rest, crc32: tree.rest.crc32 ^ 1 } }
    await expect(hashLayer(stitchLayer([wrong]), read, 'the layer')).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
    })
  })

  it('of any packages holds what they hold, and any range of it is that range of the whole', async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd')
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
    const files = fc.uniqueArray(fc.tuple(path, fc.string({ maxLength: 2000 })), {
      selector: ([one]) => one,
      maxLength: 8,
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(files, { maxLength: 6 }),
        fc.nat(5000),
        fc.nat(5000),
        async (packages, start, length) => {
          const made = await Promise.all(
            packages.map((one, index) =>
              // A name of its own per package: no two have the same file.
              pack(Object.fromEntries(one.map(([at, text]) => [`${at}/file${index}`, text]))),
            ),
          )
          const whole = await bytesOf(stitchLayer(made.map(({ tree }) => tree)))
          const parts = stitchLayer(made.map(({ tree }) => tree))
          expect(await bytesOf(parts, { start, end: start + length })).toEqual(
            Buffer.from(whole).subarray(start, start + length),
          )
          const rests = await Promise.all(
            made.map(async ({ tree: { blob, memberStart, directories } }) => {
              const tar = gunzipSync((blobs.get(blob) ?? Buffer.alloc(0)).subarray(memberStart))
              return tar.subarray(directories.length * 512)
            }),
          )
          const directories = new Set(made.flatMap(({ tree }) => tree.directories.map((one) => one.path)))
          const tar = gunzipSync(whole)
          expect(tar.subarray(directories.size * 512)).toEqual(Buffer.concat([...rests, Buffer.alloc(1024)]))
          const heads = (await listing(tar.subarray(0, directories.size * 512))).map(
            (line) => line.split(' ')[3],
          )
          expect(heads).toEqual([...directories].sort())
        },
      ),
      { numRuns: 60 },
    )
  })
})

/** Text that does not compress well, the same each time. */
function randomText(length: number): string {
  let text = ''
  for (let round = 0; text.length < length; round++)
    text += createHash('sha512').update(String(round)).digest('base64')
  return text.slice(0, length)
}

const descriptor = { mediaType: OCI_LAYER, digest: digestOf('a layer'), size: 7 }
const config = { mediaType: OCI_CONFIG, digest: digestOf('a config'), size: 8 }

describe('a manifest', () => {
  it('is written the same whatever the order of its fields, and reads back', () => {
    const one = writeManifest({ config, layers: [descriptor], annotations: { b: '2', a: '1' } })
    const two = writeManifest({ annotations: { a: '1', b: '2' }, layers: [descriptor], config })
    expect(one).toEqual(two)
    expect(parseManifest(one.bytes, 'one', OCI_MANIFEST)).toEqual({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config,
      layers: [descriptor],
      annotations: { a: '1', b: '2' },
    })
  })

  it('of an index reads back with its platforms', () => {
    const platform = { os: 'linux', architecture: 'arm', variant: 'v7' }
    const index = writeIndex({ manifests: [{ ...config, platform }] })
    expect(parseManifest(index.bytes, 'an index')).toMatchObject({
      mediaType: OCI_INDEX,
      manifests: [{ platform }],
    })
  })

  it('of an artifact says in its descriptor what it is', () => {
    const { descriptor: found } = writeManifest({
      artifactType: 'application/spdx+json',
      config,
      layers: [descriptor],
      subject: config,
    })
    expect(found.artifactType).toBe('application/spdx+json')
  })

  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [descriptor] }
  const refused: readonly { name: string; value: Json | string; why: RegExp; called?: string }[] = [
    {
      name: 'CVE-2021-41190: manifest and index at once',
      value: { ...manifest, manifests: [] },
      why: /index/,
    },
    { name: 'another media type than it came with', value: manifest, called: OCI_INDEX, why: /calls itself/ },
    { name: 'no media type', value: { ...manifest, mediaType: undefined }, why: /mediaType/ },
    { name: 'schema version 1', value: { ...manifest, schemaVersion: 1 }, why: /schemaVersion/ },
    {
      name: 'a path for a digest',
      value: { ...manifest, config: { ...config, digest: '../../x' } },
      why: /digest/,
    },
    { name: 'a negative size', value: { ...manifest, layers: [{ ...descriptor, size: -1 }] }, why: /size/ },
    {
      name: 'a size that is no whole number',
      value: { ...manifest, layers: [{ ...descriptor, size: 0.5 }] },
      why: /size/,
    },
    { name: 'layers that are no list', value: { ...manifest, layers: {} }, why: /layers/ },
    {
      name: 'an annotation that is a number',
      value: { ...manifest, annotations: { a: 1 } },
      why: /annotations/,
    },
    { name: 'a list', value: [], why: /no object/ },
    { name: 'text that is no JSON', value: '{', why: /no JSON/ },
    { name: 'very deep nesting', value: '['.repeat(200_000), why: /no JSON/ },
  ]
  it.each(refused)('with $name is refused', ({ value, why, called }) => {
    const text = typeof value === 'string' ? value : canonicalJson(value)
    const act = () => parseManifest(Buffer.from(text), 'a manifest', called)
    expect(act).toThrow(why)
    expect(act).toThrow(expect.objectContaining({ code: 'IMAGE_INVALID' }))
  })

  it('of more than 4 MiB, or not in UTF-8, is refused', () => {
    expect(() => parseManifest(Buffer.alloc(5_000_000, ' '), 'x')).toThrow(/limit/)
    expect(() => parseManifest(Buffer.from([0x7b, 0xff, 0x7d]), 'x')).toThrow(/no JSON/)
  })

  it('of any bytes is read, or refused in words', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), mutated(canonicalJson(manifest as Json))), (text) => {
        try {
          expect(parseManifest(Buffer.from(text), 'it')).toHaveProperty('schemaVersion', 2)
        } catch (error) {
          if (!isMillraceError(error, 'IMAGE_INVALID')) throw error
        }
      }),
      { numRuns: 500 },
    )
  })
})

/** A text with one stretch of it replaced. */
function mutated(text: string): fc.Arbitrary<string> {
  return fc
    .tuple(fc.nat(text.length), fc.nat(10), fc.string({ maxLength: 4 }))
    .map(([at, length, other]) => text.slice(0, at) + other + text.slice(at + length))
}

describe('a configuration', () => {
  it('reads back, and what others leave null counts as not there', () => {
    const rootfs = { type: 'layers' as const, diff_ids: [digestOf('x')] }
    const given = { architecture: 'amd64', os: 'linux', config: { User: '65532', Env: ['A=1'] }, rootfs }
    expect(parseConfig(writeConfig(given).bytes, 'c')).toEqual(given)
    const docker = { architecture: 'amd64', os: 'linux', config: { Cmd: null, Volumes: null }, rootfs }
    expect(parseConfig(Buffer.from(JSON.stringify(docker)), 'c').config?.Cmd).toBeUndefined()
  })

  it('with a variable that has no value is refused', () => {
    const bad = {
      architecture: 'a',
      os: 'l',
      config: { Env: ['A'] },
      rootfs: { type: 'layers', diff_ids: [] },
    }
    expect(() => parseConfig(Buffer.from(JSON.stringify(bad)), 'c')).toThrow(/NAME=VALUE/)
  })
})

const exec: Exec = runCommand
const has = async (program: string) =>
  (await exec({ program: 'sh', args: ['-c', `command -v ${program}`] })).code === 0
const peers = { skopeo: await has('skopeo'), umoci: await has('umoci') }
for (const [name, found] of Object.entries(peers))
  if (!found) console.log(`skipped: what ${name} makes of an image layout, because it is not installed`)

describe('an image layout', () => {
  async function inLayout(work: (directory: string) => Promise<void>) {
    const one = await pack({ 'usr/bin/one': 'one\n' })
    const two = await pack({ 'usr/bin/two': 'two\n', 'etc/two': '2\n' })
    const parts = stitchLayer([one.tree, two.tree])
    const { digest, diffId, sizeBytes } = await hashLayer(parts, read, 'the layer')
    const written = writeConfig({
      architecture: 'amd64',
      os: 'linux',
      config: { Entrypoint: ['/usr/bin/one'] },
      rootfs: { type: 'layers', diff_ids: [diffId] },
    })
    const manifest = writeManifest({
      config: written.descriptor,
      layers: [{ mediaType: OCI_LAYER, digest, size: sizeBytes }],
    })
    const documents = new Map([written, manifest].map((one) => [one.descriptor.digest, one.bytes]))
    const files = imageLayout(
      [{ descriptor: manifest.descriptor, name: 'latest', blobs: [...documents.keys(), digest] }],
      (wanted) => {
        const bytes = documents.get(wanted)
        return bytes === undefined ? readParts(parts, read) : chunksOf(bytes)
      },
    )
    const directory = await mkdtemp(join(tmpdir(), 'millrace-layout-'))
    try {
      for (const { path, open } of files) {
        await mkdir(dirname(join(directory, 'image', path)), { recursive: true })
        await writeFile(join(directory, 'image', path), await collectBytes(open(), 2 ** 20, path))
      }
      await work(directory)
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  }

  it.skipIf(!peers.skopeo)('is read by skopeo, which checks every digest', () =>
    inLayout(async (directory) => {
      const copied = await exec({
        program: 'skopeo',
        args: ['--insecure-policy', 'copy', `oci:${directory}/image:latest`, `dir:${directory}/copy`],
      })
      expect(copied.code, lastWords(copied)).toBe(0)
    }),
  )

  it.skipIf(!peers.umoci)('is unpacked by umoci', () =>
    inLayout(async (directory) => {
      const args = ['unpack', '--rootless', '--image', `${directory}/image:latest`, `${directory}/bundle`]
      const unpacked = await exec({ program: 'umoci', args })
      expect(unpacked.code, lastWords(unpacked)).toBe(0)
      const found = await exec({
        program: 'cat',
        args: ['usr/bin/one', 'usr/bin/two', 'etc/two'],
        cwd: `${directory}/bundle/rootfs`,
      })
      expect(found.stdout).toBe('one\ntwo\n2\n')
    }),
  )
})

describe('an empty config', () => {
  it('has the digest that the specification gives', () => {
    expect(writeDocument({}, 'x').descriptor).toMatchObject({ digest: digestOf(EMPTY_JSON), size: 2 })
  })
})
