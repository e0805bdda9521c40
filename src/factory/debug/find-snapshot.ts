// SPDX-License-Identifier: Apache-2.0
import { MillraceError, nearestName } from '../../base/index.ts'
import { type KeptSnapshot, listSnapshots } from '../../build/index.ts'
import type { Attempt } from '../ledger.ts'

/**
 * The failed build that a person means: by its snapshot's name, by the number of its attempt, by the first digits of a build key, or by its recipe's name: then the last one that failed.
 *
 * @param attemptOf the attempt of a number
 * @throws MillraceError NOT_FOUND, USAGE
 */
export async function findSnapshot(
  directory: string,
  named: string,
  attemptOf: (id: number) => Promise<Attempt | undefined>,
): Promise<KeptSnapshot> {
  const kept = await listSnapshots(directory)
  const exact = kept.find(({ id }) => id === named)
  if (exact !== undefined) return exact
  const byRecipe = kept.find(
    ({ recipe }) => named === recipe.name || named === `${recipe.name}-${recipe.fullVersion}`,
  )
  if (byRecipe !== undefined) return byRecipe
  const digits = named.replace(/^sha256:/, '')
  if (/^\d{1,5}$/.test(named)) return byAttempt(kept, named, await attemptOf(Number(named)))
  const byKey = /^[0-9a-f]{6,64}$/.test(digits)
    ? kept.filter(({ planKey }) => planKey.startsWith(`sha256:${digits}`))
    : []
  const plans = new Set(byKey.map(({ planKey }) => planKey))
  if (plans.size > 1)
    throw new MillraceError('USAGE', {
      what: `looking for the failed build ${named}`,
      why: `${plans.size} failed builds begin with these digits`,
      fix: 'give more digits of the build key',
    })
  return byKey[0] ?? missing(named, kept)
}

function byAttempt(kept: readonly KeptSnapshot[], named: string, attempt: Attempt | undefined): KeptSnapshot {
  const id = attempt?.report.failure?.snapshot
  return kept.find((one) => one.id === id) ?? missing(named, kept)
}

function missing(named: string, kept: readonly KeptSnapshot[]): never {
  const near = nearestName(
    named,
    kept.map(({ recipe }) => recipe.name),
  )
  const what =
    kept.length === 0
      ? 'no failed build is kept'
      : `${kept.length === 1 ? 'one is' : `${kept.length} are`} kept, and none is called so`
  throw new MillraceError('NOT_FOUND', {
    what: `looking for the failed build ${named}`,
    why: `${what}${near === undefined ? '' : `; the nearest name is ${near}`}. A build that passed has none, and the oldest go first`,
    fix: `millrace debug lists them; to fail again: millrace build ${named}`,
  })
}
