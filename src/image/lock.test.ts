// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeSigner, packApk } from '../../test/support/packed-apk.ts'
import { collectBytes } from '../archive/index.ts'
import { makeTempDirectory, type TempDirectory } from '../base/index.ts'
import type { IncomingApk } from '../repository/index.ts'
import { type BlobStore, openBlobDirectory } from '../store/index.ts'
import { type LockableRepository, lockImage, readLockableImage } from './lock.ts'

const signer = makeSigner('test.rsa.pub')
const URL = 'https://packages.example.org/os'
let temp: TempDirectory
let blobs: BlobStore
let apks: IncomingApk[]
beforeEach(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-image-lock')
  blobs = await openBlobDirectory(join(temp.path, 'blobs'))
  const pack = (stem: string, depends: string[]) =>
    packApk({ blobs, signer }, stem, 'x86_64', { files: { [`usr/${stem}`]: stem }, record: { depends } })
  apks = [await pack('app-1.0-r0', ['lib']), await pack('lib-2.0-r1', [])]
})
afterEach(() => temp[Symbol.asyncDispose]())

const repository = (): LockableRepository => ({
  name: URL,
  url: URL,
  packages: apks.map(({ record }) => record),
  open: async (wanted) =>
    blobs.read(apks.find(({ record }) => record.name === wanted.name)?.file as IncomingApk['file']),
})

async function imageOf(text: string) {
  const file = join(temp.path, 'image.yaml')
  await writeFile(file, text)
  return readLockableImage(file)
}
const YAML = `contents:\n  repositories:\n    - ${URL}\n  packages:\n    - app\n`

describe('the lock of an image', () => {
  it('names each package in install order, with the place and the checksum of its members', async () => {
    const image = await imageOf(YAML)
    const keyring = [{ url: 'https://keys.example.org/a.rsa.pub', pem: 'PEM' }]
    const lock = JSON.parse(
      await lockImage(image, [{ arch: 'x86_64', repositories: [repository()] }], keyring),
    )
    expect(lock.config).toEqual({
      name: image.file,
      checksum: `sha256-${createHash('sha256').update(YAML).digest('base64')}`,
    })
    expect(lock.contents.keyring).toEqual([
      { name: 'keys.example.org/a.rsa.pub', url: 'https://keys.example.org/a.rsa.pub', content: 'PEM' },
    ])
    expect(lock.contents.repositories).toEqual([
      {
        name: 'packages.example.org/os/x86_64',
        url: `${URL}/x86_64/APKINDEX.tar.gz`,
        architecture: 'x86_64',
      },
    ])
    const stems = lock.contents.packages.map((one: { name: string; version: string; url: string }) => [
      `${one.name}-${one.version}`,
      one.url,
    ])
    expect(stems).toEqual([
      ['lib-2.0-r1', `${URL}/x86_64/lib-2.0-r1.apk`],
      ['app-1.0-r0', `${URL}/x86_64/app-1.0-r0.apk`],
    ])
    const [lib] = lock.contents.packages
    const bytes = await collectBytes(blobs.read(apks[1]?.file as IncomingApk['file']), 1e6, 'lib')
    for (const [member, algorithm] of Object.entries({
      signature: 'sha1',
      control: 'sha1',
      data: 'sha256',
    })) {
      const [, start = 0, end = 0] = /^bytes=(\d+)-(\d+)$/.exec(lib[member].range) ?? []
      const part = bytes.subarray(Number(start), Number(end) + 1)
      expect(lib[member].checksum, member).toBe(
        `${algorithm}-${createHash(algorithm).update(part).digest('base64')}`,
      )
    }
    expect(lib.checksum).toBe(apks[1]?.record.identity)
  })

  it('is refused at the line of a name that nothing provides', async () => {
    const image = await imageOf(YAML.replace('- app', '- app\n    - nobody'))
    await expect(
      lockImage(image, [{ arch: 'x86_64', repositories: [repository()] }], []),
    ).rejects.toMatchObject({ code: 'DEPENDENCY_UNSATISFIED', at: { line: 6 } })
  })

  it('is refused when a package is not the one that the index names', async () => {
    const [app, lib] = apks as [IncomingApk, IncomingApk]
    apks = [app, { ...lib, record: { ...lib.record, identity: 'Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=' } }]
    const image = await imageOf(YAML)
    await expect(
      lockImage(image, [{ arch: 'x86_64', repositories: [repository()] }], []),
    ).rejects.toMatchObject({ code: 'APK_INVALID' })
  })
})
