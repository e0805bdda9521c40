// SPDX-License-Identifier: Apache-2.0
import { type IncomingApk, openRepository } from '../../src/repository/index.ts'
import { openImageMill } from '../../test/support/image-mill.ts'
import { type Measure, measureOf, timed } from './measure.ts'
import { apkIndex } from './peers.ts'

const PACKAGES = 1000
const CHANGES = 15
const ARCH = 'x86_64'

/** From packages in the store to a signed index that readers see, with all that the repository remembers of them. */
export async function measureIndexes(): Promise<Measure[]> {
  await using mill = await openImageMill()
  const apks: IncomingApk[] = []
  for (let number = 0; number < PACKAGES + CHANGES; number++)
    apks.push(await mill.pack(`part${number}-1.0-r0`, ARCH, { files: { [`usr/share/part${number}`]: 'x' } }))
  const repository = openRepository({ ...mill.f, signer: mill.signer })
  const first = apks.slice(0, PACKAGES)
  const cold = await timed(1, () => repository.publish('edge', ARCH, first))
  const changed = await timed(CHANGES, (run) =>
    repository.publish('edge', ARCH, apks.slice(PACKAGES + run, PACKAGES + run + 1)),
  )
  const peer = await apkIndex(mill, apks)
  return [
    measureOf('index of 1,000 packages, cold', 'ms', cold, 300, peer.cold),
    measureOf('the index after one change', 'ms', changed, 40, peer.changed),
  ]
}
