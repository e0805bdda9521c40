// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '../../src/base/index.ts'
import { buildImage, type ImageDefinition, learnTrees, makeIndex, planImage } from '../../src/image/index.ts'
import { defineImage, type ImageMill, openImageMill } from '../../test/support/image-mill.ts'
import type { Planted } from '../../test/support/packed-apk.ts'
import { type Measure, measureOf, timed } from './measure.ts'
import { apkoBuild } from './peers.ts'
import { textLike } from './text-like.ts'

const PACKAGES = 60
/** Together 500 MB unpacked, in 60 packages of 20 files. */
const FILES_EACH = 20
const FILE_BYTES = Math.round(500e6 / PACKAGES / FILES_EACH)
const RUNS = 9
const ARCH = 'x86_64'
const never = new AbortController().signal

/** From a definition to an image in the store, with packages that were published before. */
export async function measureImages(): Promise<Measure[]> {
  await using mill = await openImageMill()
  for (let number = 0; number < PACKAGES; number++) await publish(mill, number, 0)
  await makeImage(mill, definition(0))

  const anew = await timed(RUNS, (run) => makeImage(mill, definition(run + 1)))
  const again = await timed(RUNS, () => makeImage(mill, definition(0)))
  const changed: number[] = []
  const written: number[] = []
  for (let run = 0; run < RUNS; run++) {
    await publish(mill, run, run + 1)
    const before = await sizeOfStore(mill)
    changed.push(...(await timed(1, () => makeImage(mill, definition(0)))))
    written.push(((await sizeOfStore(mill)) - before) / 1e3)
  }
  const apko = await apkoBuild(mill, ARCH, definition(0))
  return [
    measureOf('image of 60 packages, 500 MB, warm', 'ms', anew, 150, apko),
    measureOf('the same image again', 'ms', again, null, apko),
    measureOf('the image after one package changed', 'ms', changed, 150, apko),
    measureOf('written to the store for that', 'kB', written, null),
  ]
}

/** Published as the flow does it: what packages hold is read when they are published. */
async function publish(mill: ImageMill, number: number, version: number): Promise<void> {
  const files = Object.fromEntries(
    Array.from({ length: FILES_EACH }, (_, index): [string, Planted] => [
      `usr/lib/part${number}/${index}`,
      textLike(`${number}.${index}.${version}`, FILE_BYTES),
    ]),
  )
  const apk = await mill.pack(`part${number}-1.${version}-r0`, ARCH, { files })
  await mill.offer('edge', ARCH, [apk])
  await learnTrees(mill.f, [apk], never)
}

/** Differs from every other number's in what it says of itself, so that its image is another one. */
function definition(number: number): ImageDefinition {
  const names = Array.from({ length: PACKAGES }, (_, index) => `    - part${index}\n`).join('')
  return defineImage(
    `contents:\n  packages:\n${names}annotations:\n  org.opencontainers.image.version: "${number}"\n`,
  )
}

async function makeImage({ f }: ImageMill, image: ImageDefinition): Promise<Digest> {
  const built = await buildImage(f, await planImage(f, image, ARCH), never)
  return (await makeIndex(f, [built.image])).digest
}

async function sizeOfStore({ f }: ImageMill): Promise<number> {
  let total = 0
  for await (const { sizeBytes } of f.blobs.list()) total += sizeBytes
  return total
}
