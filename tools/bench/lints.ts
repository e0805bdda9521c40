// SPDX-License-Identifier: Apache-2.0
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import PQueue from 'p-queue'
import { levelsFor, lintPackage } from '../../src/check/index.ts'
import type { IncomingApk } from '../../src/repository/index.ts'
import { type BlobStore, openBlobDirectory } from '../../src/store/index.ts'
import { makeSigner, packApk } from '../../test/support/packed-apk.ts'
import { tinyElf } from '../../test/support/tiny-elf.ts'
import { type Measure, measureOf, timed } from './measure.ts'
import { melangeLint } from './peers.ts'
import { textLike } from './text-like.ts'

const PACKAGES = 60
/** Together 240 MB unpacked, in files of which one in five is an ELF file. */
const FILES_EACH = 40
const FILE_BYTES = Math.round(240e6 / PACKAGES / FILES_EACH)
const RUNS = 9

/** From packages in the store to what all lints that are on by default say of them. */
export async function measureLints(directory: string): Promise<Measure[]> {
  const store = await openBlobDirectory(join(directory, 'store'))
  const apks = await packAll(store)
  await lintAll(store, apks, directory)
  const times = await timed(RUNS, () => lintAll(store, apks, directory))
  const peer = await melangeLint(store, apks, directory)
  return [measureOf(`lint of ${PACKAGES} packages, 240 MB`, 'ms', times, 1900, peer)]
}

async function packAll(store: BlobStore): Promise<IncomingApk[]> {
  const signer = makeSigner('bench.rsa.pub')
  const elf = tinyElf({ type: 3, soname: 'libx.so.1', needed: ['libc.so.6'] })
  const apks: IncomingApk[] = []
  for (let number = 0; number < PACKAGES; number++) {
    const files = Object.fromEntries(
      Array.from({ length: FILES_EACH }, (_, index) => {
        const noise = textLike(`${number}.${index}`, FILE_BYTES)
        const isElf = index % 5 === 0
        const bytes = isElf ? Buffer.concat([elf, noise.subarray(elf.length)]) : noise
        return [`usr/lib/part${number}/${index}`, { bytes, mode: isElf ? 0o755 : 0o644 }]
      }),
    )
    apks.push(await packApk({ blobs: store, signer }, `part${number}-1.0-r0`, 'x86_64', { files }))
  }
  return apks
}

async function lintAll(store: BlobStore, apks: readonly IncomingApk[], directory: string): Promise<void> {
  const queue = new PQueue({ concurrency: availableParallelism() })
  const linting = {
    levels: () => levelsFor({}, []),
    testPipelines: () => undefined,
    workDirectory: directory,
  }
  await queue.addAll(
    apks.map(
      ({ file, record: { name } }) =>
        () =>
          lintPackage(store.read(file), { name, ...linting }),
    ),
  )
}
