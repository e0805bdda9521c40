// SPDX-License-Identifier: Apache-2.0
import type { PackageSummary } from '../api.ts'
import { reproducedBy } from './attempts.ts'
import { isNewer, type OfferedPackage, originOf } from './channel-view.ts'
import type { FactsContext } from './context.ts'
import type { OutlinedPackage, RecipeOutline } from './outline.ts'
import { type RecipeStanding, type Survey, survey } from './recipes.ts'

/** Every package that recipes make now or that a channel offers, by name. */
export async function readPackages(f: FactsContext): Promise<PackageSummary[]> {
  return (await listPackages(f, await survey(f))).map(({ summary }) => summary)
}

export interface ListedPackage {
  readonly summary: PackageSummary
  readonly url: string
}

export async function listPackages(f: FactsContext, survey: Survey): Promise<ListedPackage[]> {
  const { edge, stable, recipes } = survey
  const listed = new Map<string, ListedPackage>()
  for (const name of new Set([...edge.newest.keys(), ...stable.newest.keys()])) {
    const shown = newestOffered(edge.newest.get(name), stable.newest.get(name))
    if (shown !== undefined) listed.set(name, publishedPackage(shown, survey))
  }
  // What was released is listed by what is offered; the rest by what was planned, or is meant.
  const open = [...recipes.values()].filter(({ released }) => !released)
  const outlines = await f.outlines.of(open, f.distro)
  for (const recipe of open) {
    const outline = outlines.get(recipe.name)
    for (const one of outline?.packages ?? [])
      if (outline !== undefined && !listed.has(one.name))
        listed.set(one.name, meantPackage(one, recipe, outline, survey))
  }
  return [...listed.values()].sort((a, b) => (a.summary.name < b.summary.name ? -1 : 1))
}

/** Of two channels, what is newer; edge's where both offer the same version. */
function newestOffered(
  edge: OfferedPackage | undefined,
  stable: OfferedPackage | undefined,
): OfferedPackage | undefined {
  if (edge === undefined || stable === undefined) return edge ?? stable
  return edge.record.version !== stable.record.version && isNewer(stable, edge) ? stable : edge
}

function publishedPackage(
  { record, buildKey, storedAt }: OfferedPackage,
  { edge, stable, recipes, attempts }: Survey,
): ListedPackage {
  const { name, description, license, version, sizeBytes, url } = record
  const origin = originOf(record)
  const summary: PackageSummary = {
    ...{ name, origin, description, license, version },
    channels: {
      edge: edge.newest.get(name)?.record.version ?? null,
      stable: stable.newest.get(name)?.record.version ?? null,
    },
    sizeBytes,
    builtAt: storedAt.toISOString(),
    reproduced: reproducedBy(buildKey === null ? undefined : attempts.get(buildKey)),
    state: recipes.get(origin)?.state ?? 'done',
  }
  return { summary, url }
}

function meantPackage(
  { name, description, url }: OutlinedPackage,
  { name: origin, version, plan, state }: RecipeStanding,
  { license }: RecipeOutline,
  { attempts }: Survey,
): ListedPackage {
  const summary: PackageSummary = {
    ...{ name, origin, description, license, version, state },
    channels: { edge: null, stable: null },
    sizeBytes: null,
    builtAt: null,
    reproduced: reproducedBy(plan === null ? undefined : attempts.get(plan.key)),
  }
  return { summary, url }
}
