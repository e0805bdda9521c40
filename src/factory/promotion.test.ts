// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import type { ApkRecord } from '../apk/index.ts'
import { missingIn, promotable } from './promotion.ts'

function apk(name: string, depends: readonly string[] = [], provides: readonly string[] = []) {
  const record: ApkRecord = {
    name,
    version: '1-r0',
    arch: 'x86_64',
    identity: 'Q1',
    sizeBytes: 1,
    installedSizeBytes: 1,
    description: '',
    url: '',
    license: '',
    origin: name,
    maintainer: '',
    buildTimeSec: 0,
    commit: '',
    depends,
    provides,
    installIf: [],
    replaces: [],
    providerPriority: 0,
  }
  return { record }
}

const names = (apks: readonly { record: ApkRecord }[]) => apks.map(({ record }) => record.name)

describe('packages go to a channel', () => {
  it('together with what they need', () => {
    const both = [apk('curl', ['so:libz.so.1']), apk('zlib', [], ['so:libz.so.1=1.3.1'])]
    expect(names(promotable(both, []))).toEqual(['curl', 'zlib'])
  })

  it('not before what they need, nor what needs them', () => {
    const waiting = [apk('git', ['curl']), apk('curl', ['so:libz.so.1']), apk('lua')]
    expect(names(promotable(waiting, []))).toEqual(['lua'])
  })

  it('when the channel offers it already; a conflict is no need', () => {
    const offered = [apk('zlib', [], ['so:libz.so.1=1.3.1'])]
    expect(names(promotable([apk('curl', ['so:libz.so.1', '!old-curl'])], offered))).toEqual(['curl'])
  })

  it('not when what is there is too old for them', () => {
    expect(names(promotable([apk('curl', ['zlib>=2'])], [apk('zlib')]))).toEqual([])
  })
})

describe('what a channel misses', () => {
  it('is told with all who need it, and nothing that is there', () => {
    const packages = [
      apk('sed-doc', ['man-db', '!old']),
      apk('bc-doc', ['man-db']),
      apk('curl', ['so:libz.so.1']),
      apk('zlib', [], ['so:libz.so.1=1.3.1']),
      apk('git', ['curl>=2']),
    ]
    expect([...missingIn(packages)]).toEqual([
      ['curl>=2', ['git']],
      ['man-db', ['bc-doc', 'sed-doc']],
    ])
    expect(missingIn(packages.slice(2, 4)).size).toBe(0)
  })
})
