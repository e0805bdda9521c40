// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { digestOf } from '../base/index.ts'
import {
  type AvailableApk,
  chooseBuildEnvironment,
  chooseEnvironment,
  chooseTestEnvironment,
} from './environment.ts'

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

describe('an environment that cannot be had', () => {
  it('is refused at the place where the name was asked for', () => {
    const locate = (name: string) => ({ file: 'hello.yaml', line: name === 'nobody' ? 9 : 0 })
    const asked = () => chooseEnvironment({ distro: [], seed: [] }, ['nobody'], 'testing', locate)
    expect(asked).toThrowError(
      expect.objectContaining({ code: 'DEPENDENCY_UNSATISFIED', at: { file: 'hello.yaml', line: 9 } }),
    )
  })
})

describe('the environment of a build', () => {
  const seed = [apk('gcc', {}), apk('build-base', { depends: ['gcc'] }), apk('bash', {})]
  const distro = [apk('options', {})]
  const chosen = (from: AvailableApk[], ...names: string[]) =>
    chooseBuildEnvironment({ distro: from, seed }, names, { gcc: 'options' }, 'testing').packages.map(
      ({ name }) => name,
    )

  it.each<[string, string[], AvailableApk[], boolean]>([
    ['comes with what is asked for', ['gcc'], distro, true],
    ['comes with what that needs', ['build-base'], distro, true],
    ['stays away where nothing brings it', ['bash'], distro, false],
    ['stays away where it is refused', ['build-base', '!options'], distro, false],
    ['stays away where it is not made yet', ['build-base'], [], false],
    ['may be asked for', ['bash', 'options'], distro, true],
  ])('has a companion or not: it %s', (_, names, from, isThere) => {
    expect(chosen(from, ...names).includes('options')).toBe(isThere)
  })
})

describe('the environment of a test', () => {
  const distro = [apk('zlib', { provides: ['so:libz.so.1=1'] }), apk('zlib-dev', { depends: ['zlib'] })]
  const seed = [apk('gcc', {}), apk('libc-bin', { provides: ['ldconfig'] })]
  const chosen = (pool: { distro: AvailableApk[]; seed: AvailableApk[] }, ...names: string[]) =>
    chooseTestEnvironment(pool, names, {}, 'testing').packages.map(({ name }) => name)

  it('has a loader’s cache made where programs of the seed stand beside what was built', () => {
    expect(chosen({ distro, seed }, 'zlib-dev', 'gcc')).toContain('libc-bin')
  })

  it('holds nothing of the seed where nothing of it was asked for', () => {
    expect(chosen({ distro, seed }, 'zlib-dev')).toEqual(['zlib', 'zlib-dev'])
  })

  it('does without where nothing makes one', () => {
    expect(chosen({ distro, seed: seed.slice(0, 1) }, 'zlib-dev', 'gcc')).not.toContain('libc-bin')
  })

  it('has the companion of what is chosen, and a loader’s cache when only that is of the seed', () => {
    const packages = chooseTestEnvironment(
      { distro, seed },
      ['zlib-dev'],
      { zlib: 'gcc' },
      'testing',
    ).packages
    expect(packages.map(({ name }) => name).sort()).toEqual(['gcc', 'libc-bin', 'zlib', 'zlib-dev'])
  })

  it('prefers the program that was built here', () => {
    const ours = [...distro, apk('glibc', { provides: ['ldconfig=1'] })]
    expect(chosen({ distro: ours, seed }, 'zlib-dev', 'gcc')).toContain('glibc')
    expect(chosen({ distro: ours, seed }, 'zlib-dev', 'gcc')).not.toContain('libc-bin')
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
