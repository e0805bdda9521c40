// SPDX-License-Identifier: Apache-2.0
import { lstat, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { chunksOf, gzipSmall, type TarEntry, tarEntry, tarHeader, tarPadding } from '../../archive/index.ts'
import { type Digest, digestOf } from '../../base/index.ts'
import { OCI_LAYER, writeConfig, writeIndex, writeManifest } from '../../oci/index.ts'
import { existsInRoot } from './exists-in-root.ts'
import { unpackImage } from './rootfs.ts'
import { userOf } from './runtime-config.ts'

type Given = Partial<TarEntry> & Pick<TarEntry, 'path' | 'type'> & { readonly text?: string }

const never = new AbortController().signal
const stored = new Map<Digest, Uint8Array>()
const blobs = {
  read: (digest: Digest) => chunksOf(stored.get(digest) ?? new Uint8Array()),
}
const put = (bytes: Uint8Array) => {
  stored.set(digestOf(bytes), bytes)
  return { digest: digestOf(bytes), size: bytes.length }
}

function imageOf(...layers: readonly (readonly Given[])[]): Digest {
  const placed = layers.map((entries) => {
    const tar = entries.map(({ text = '', ...entry }) => {
      const body = Buffer.from(text)
      const sizeBytes = entry.type === 'file' ? body.length : 0
      return Buffer.concat([tarHeader(tarEntry({ ...entry, sizeBytes })), body, tarPadding(body.length)])
    })
    return { mediaType: OCI_LAYER, ...put(gzipSmall(Buffer.concat(tar))) }
  })
  const rootfs = { type: 'layers' as const, diff_ids: [] }
  const config = writeConfig({ architecture: 'amd64', os: 'linux', config: { User: '65532' }, rootfs })
  put(config.bytes)
  const manifest = writeManifest({ config: config.descriptor, layers: placed })
  put(manifest.bytes)
  return manifest.descriptor.digest
}

let directory: string
let root: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-rootfs-'))
  root = join(directory, 'rootfs')
})
afterEach(() => rm(directory, { recursive: true, force: true }))

describe('unpacking an image', () => {
  it('lays its layers over each other, and says how it runs', async () => {
    const { config, owned } = await unpackImage(
      blobs,
      imageOf(
        [
          { path: 'a', type: 'directory' },
          { path: 'a/x', type: 'file', text: 'below' },
          { path: 'a/y', type: 'file', text: 'kept' },
        ],
        [
          { path: 'a', type: 'directory', mode: 0o700 },
          { path: 'a/x', type: 'file', text: 'above', mode: 0o4755 },
        ],
      ),
      root,
      never,
    )
    expect(config.User).toBe('65532')
    expect(await readFile(join(root, 'a/x'), 'utf8')).toBe('above')
    expect(await readFile(join(root, 'a/y'), 'utf8')).toBe('kept')
    expect((await stat(join(root, 'a'))).mode & 0o7777).toBe(0o700)
    expect(owned).toEqual([{ path: join(root, 'a/x'), uid: 0, gid: 0, mode: 0o4755 }])
  })

  it('tells owners, and gives no mode to what a later layer put in a file’s place', async () => {
    const outside = join(directory, 'outside')
    const { owned } = await unpackImage(
      blobs,
      imageOf(
        [
          { path: 'x', type: 'file', mode: 0o4777 },
          { path: 'y', type: 'file', mode: 0o4777 },
        ],
        [
          { path: 'x', type: 'symlink', linkPath: outside },
          { path: 'y', type: 'symlink', linkPath: outside, uid: 7, gid: 8 },
        ],
      ),
      root,
      never,
    )
    expect((await lstat(join(root, 'x'))).isSymbolicLink()).toBe(true)
    expect(owned).toEqual([{ path: join(root, 'y'), uid: 7, gid: 8, mode: null }])
  })

  it.each<[string, Given[]]>([
    ['a path that leads upwards', [{ path: '../x', type: 'file' }]],
    ['an absolute path', [{ path: '/x', type: 'file' }]],
    [
      'a file below a link',
      [
        { path: 'l', type: 'symlink', linkPath: '/tmp' },
        { path: 'l/x', type: 'file' },
      ],
    ],
    ['a device', [{ path: 'null', type: 'char', devMajor: 1, devMinor: 3 }]],
    ['a hard link to what is outside', [{ path: 'p', type: 'hardlink', linkPath: 'etc/passwd' }]],
  ])('refuses %s', async (_, entries) => {
    await expect(unpackImage(blobs, imageOf(entries), root, never)).rejects.toMatchObject({
      code: 'ARCHIVE_HOSTILE',
    })
  })

  it('refuses an index, and bytes that are no manifest', async () => {
    const index = put(writeIndex({ manifests: [] }).bytes)
    await expect(unpackImage(blobs, index.digest, root, never)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
    })
    const other = put(Buffer.from('{}'))
    await expect(unpackImage(blobs, other.digest, root, never)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
    })
  })
})

describe('a path of an unpacked image', () => {
  it('is looked up as a process inside would look it up', async () => {
    await mkdir(join(root, 'usr/bin'), { recursive: true })
    await writeFile(join(root, 'usr/bin/app'), '')
    await symlink('/usr/bin', join(root, 'bin'))
    await symlink('usr/./bin/../bin', join(root, 'sbin'))
    await symlink('/', join(root, 'top'))
    await symlink('loop', join(root, 'loop'))
    await symlink('/nowhere', join(root, 'dangling'))
    for (const path of [
      '/bin/app',
      'sbin/app',
      '/top/usr/bin/app',
      '/../../bin/app',
      '/dangling',
      '/loop',
      '/',
    ])
      expect(await existsInRoot(root, path), path).toBe(true)
    for (const path of ['/top/etc/passwd', '/loop/x', '/usr/bin/app/x', '/dangling/x', '/bin/none'])
      expect(await existsInRoot(root, path), path).toBe(false)
  })
})

describe('the user of a container', () => {
  it.each([
    [undefined, 0, 0],
    ['', 0, 0],
    ['65532', 65532, 65532],
    ['65532:7', 65532, 7],
    ['1000:0', 1000, 0],
  ])('of %j is %i:%i', (user, uid, gid) => {
    expect(userOf(user === undefined ? {} : { User: user })).toEqual({ uid, gid })
  })
})
