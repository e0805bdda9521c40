// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aRecord } from '../../../test/support/solver.ts'
import { type Digest, digestOf, isMillraceError } from '../../base/index.ts'
import type { AvailableApk } from '../environment.ts'
import type { BuildPlan } from '../plan.ts'
import { checkLockedSources, lockedEnvironment } from './honour-lock.ts'
import { formatLock, lockPlan, parseLock, type RecipeLock } from './recipe-lock.ts'

const apk = (name: string, version = '1-r0', depends: string[] = []): AvailableApk => ({
  record: aRecord({ name, version, depends }),
  file: digestOf(`file of ${name} ${version}`),
  datahash: digestOf(`data of ${name} ${version}`),
})
const pool = { distro: [apk('zlib-dev')], seed: [apk('busybox'), apk('gcc')] }
const recipe = { name: 'hello', fullVersion: '1.0-r0', arch: 'x86_64' }
const uri = 'https://example.org/hello.tar.gz'
const bytes = digestOf('source')
const sources = [{ kind: 'fetch', uri, place: 'sha256:ab', sha256: 'ab', sha512: '', inputs: {} }] as const

const planned = ({ record: { name, version }, datahash }: AvailableApk, from: 'seed' | 'distro') => ({
  ...{ name, version, datahash, from },
})
const plan = {
  arch: 'x86_64',
  recipe: { name: 'hello', version: '1.0', epoch: 0, fullVersion: '1.0-r0' },
  environment: [planned(apk('busybox'), 'seed'), planned(apk('zlib-dev'), 'distro')],
  sources,
} as unknown as BuildPlan
const text = formatLock(lockPlan(plan, new Map([['sha256:ab', bytes]])))
const lineOf = (part: string) => text.slice(0, text.indexOf(part)).split('\n').length

const read = (changed = text) => parseLock(changed, 'hello.lock.json')
const refusal = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    if (isMillraceError(error)) return { code: error.code, why: error.why, line: error.at?.line }
    throw error
  }
  throw new Error('it was taken')
}

describe('a lock', () => {
  it('names the environment in install order and each source by its bytes', () => {
    expect(JSON.parse(text)).toEqual({
      kind: 'https://millrace.dev/recipe-lock/v1',
      arch: 'x86_64',
      recipe: { name: 'hello', version: '1.0-r0' },
      environment: [
        { name: 'busybox', version: '1-r0', datahash: apk('busybox').datahash, repository: 'seed' },
        { name: 'zlib-dev', version: '1-r0', datahash: apk('zlib-dev').datahash, repository: 'distro' },
      ],
      sources: [{ uri, digest: bytes }],
    })
  })

  it('reads back as it was written, and is the same text again', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9+.-]{0,8}$/)
    const digest = fc.string().map((seed): Digest => digestOf(seed))
    const anyLock: fc.Arbitrary<RecipeLock> = fc.record({
      kind: fc.constant('https://millrace.dev/recipe-lock/v1' as const),
      arch: word,
      recipe: fc.record({ name: word, version: word }),
      environment: fc.array(
        fc.record({
          name: word,
          version: word,
          datahash: digest,
          repository: fc.constantFrom('seed', 'distro'),
        }),
      ),
      sources: fc.array(fc.record({ uri: fc.webUrl(), digest })),
    })
    fc.assert(
      fc.property(anyLock, (lock) => {
        const { content } = read(formatLock(lock))
        expect(content).toEqual(lock)
        expect(formatLock(content)).toBe(formatLock(lock))
      }),
    )
  })

  it.each([
    ['no JSON', 'nonsense'],
    ['another kind', text.replace('recipe-lock/v1', 'recipe-lock/v9')],
    ['a word that is no digest', text.replace(bytes, 'sha256:no')],
    ['a key that it does not know', text.replace('"arch"', '"arsh"')],
    ['no repository', text.replace('"repository": "seed"', '"repository": "moon"')],
  ])('with %s is refused at its place', (_, changed) => {
    const { code, line } = refusal(() => read(changed))
    expect(code).toBe('LOCK_INVALID')
    expect(line).toBeGreaterThan(0)
  })
})

describe('a lock is honoured', () => {
  it('with exactly what it names, though there is newer', () => {
    const newer = { distro: [apk('zlib-dev', '2-r0'), ...pool.distro], seed: pool.seed }
    const { packages, files } = lockedEnvironment(newer, read(), recipe, ['zlib-dev', 'busybox'])
    expect(packages).toEqual(plan.environment)
    expect([...files.values()]).toEqual([apk('busybox').file, apk('zlib-dev').file])
  })

  it.each<[string, Parameters<typeof lockedEnvironment>[0], string[], string, string]>([
    [
      'a package that is no longer there',
      { ...pool, distro: [apk('zlib-dev', '2-r0')] },
      [],
      'the distro does not have zlib-dev-1-r0; it has 2-r0',
      `"datahash": "${apk('zlib-dev').datahash}`,
    ],
    [
      'a package with other files',
      { ...pool, distro: [{ ...apk('zlib-dev'), datahash: digestOf('other') }] },
      [],
      `zlib-dev-1-r0 of the distro has the datahash ${digestOf('other')}`,
      `"datahash": "${apk('zlib-dev').datahash}`,
    ],
    ['a wish that came later', pool, ['gcc'], 'nothing provides gcc', '"environment"'],
  ])('and refuses %s, at its line', (_, offered, names, why, place) => {
    const told = refusal(() => lockedEnvironment(offered, read(), recipe, names))
    expect(told.code).toBe('LOCK_MISMATCH')
    expect(told.why).toContain(why)
    expect(Math.abs((told.line ?? 0) - lineOf(place))).toBeLessThanOrEqual(1)
  })

  it('and refuses another version of the recipe', () => {
    const told = refusal(() => lockedEnvironment(pool, read(), { ...recipe, fullVersion: '1.1-r0' }, []))
    expect(told).toEqual({
      code: 'LOCK_MISMATCH',
      why: 'recipe.version is 1.0-r0 in the lock, and 1.1-r0 now',
      line: lineOf('"version": "1.0-r0"'),
    })
  })

  it('and refuses sources with other bytes, other names, more or fewer', () => {
    const digests = new Map([['sha256:ab', bytes]])
    checkLockedSources(read(), { sources }, digests)
    const check = (given: BuildPlan['sources'], found = digests) =>
      refusal(() => checkLockedSources(read(), { sources: given }, found)).why
    expect(check(sources, new Map([['sha256:ab', digestOf('other')]]))).toContain('sources.0.digest')
    expect(check([{ ...sources[0], uri: 'https://example.org/b' }])).toContain('sources.0.uri')
    expect(check([...sources, { ...sources[0], uri: 'https://more' }])).toContain('https://more')
    expect(check([])).toContain('does not have')
  })
})
