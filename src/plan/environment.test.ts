// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { digestOf } from '../base/index.ts'
import { type AvailableApk, chooseEnvironment } from './environment.ts'

describe('an environment', () => {
  it('has what the distro built, also where a seed package that is there anyway provides the same', () => {
    const pool = {
      distro: [
        apk('tls-dev', { depends: ['tls', 'so:libtls.so.1'] }),
        apk('tls', { provides: ['so:libtls.so.1=1'] }),
      ],
      seed: [
        apk('tool', { depends: ['libtls'] }),
        apk('libtls', { provides: ['tls', 'so:libtls.so.1', 'cmd:tls'] }),
      ],
    }
    const { packages } = chooseEnvironment(pool, ['tls-dev', 'cmd:tls', 'tool'], 'testing')
    expect(packages.map(({ name, from }) => `${name} of the ${from}`).sort()).toEqual([
      'libtls of the seed',
      'tls of the distro',
      'tls-dev of the distro',
      'tool of the seed',
    ])
  })
})

function apk(
  name: string,
  { depends = [], provides = [] }: { depends?: string[]; provides?: string[] },
): AvailableApk {
  const digest = digestOf(name)
  return {
    record: {
      ...{ name, version: '1-r0', arch: 'x86_64', identity: 'Q1', sizeBytes: 1, installedSizeBytes: 1 },
      ...{ description: '', url: '', license: '', origin: '', maintainer: '', buildTimeSec: 0, commit: '' },
      ...{ depends, provides, installIf: [], replaces: [], providerPriority: 0 },
    },
    file: digest,
    datahash: digest,
  }
}
