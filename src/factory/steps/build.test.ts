// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { type Digest, digestOf } from '../../base/index.ts'
import type { BuiltApk } from '../../build/index.ts'
import type { Attempt } from '../ledger.ts'
import { builtBefore } from './build.ts'

describe('what was built before', () => {
  const [file, sbom] = [digestOf('package'), digestOf('sbom')]
  const packages = [{ file, sbom: { digest: sbom } }] as unknown as BuiltApk[]
  const known = async (there: readonly Digest[]) => {
    const forgotten: string[] = []
    const ledger = {
      passed: async () => ({ report: { packages } }) as unknown as Attempt,
      forget: async (key: string, purpose: string) => void forgotten.push(`${purpose} of ${key}`),
    }
    const built = await builtBefore({ ledger, store: { has: async (one) => there.includes(one) } }, 'key')
    return { packages: built?.packages, forgotten }
  }

  it('is taken as it is', async () => {
    expect(await known([file, sbom])).toEqual({ packages, forgotten: [] })
  })

  it.each([
    ['package', [sbom]],
    ['SBOM', [file]],
  ])('is forgotten when the store lost a %s of it', async (_, there) => {
    expect(await known(there)).toEqual({ packages: undefined, forgotten: ['build of key'] })
  })
})
