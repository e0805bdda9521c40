// SPDX-License-Identifier: Apache-2.0
import type { Dependent, PackageDetail } from '../api.ts'
import { listAttempts } from './attempts.ts'
import type { FactsContext } from './context.ts'
import { readVersions } from './package-versions.ts'
import { listPackages } from './packages.ts'
import { type Survey, survey } from './recipes.ts'

const MAX_ATTEMPTS = 50

/** Everything that is known of a package; null where no recipe makes it and no channel offers it. */
export async function readPackage(f: FactsContext, name: string): Promise<PackageDetail | null> {
  const seen = await survey(f)
  const listed = await listPackages(f, seen)
  const found = listed.find(({ summary }) => summary.name === name)
  if (found === undefined) return null
  const { summary, url } = found
  const { origin } = summary
  const [versions, dependents, attempts] = await Promise.all([
    readVersions(f, seen, name),
    dependentsOf(f, seen, name, origin),
    listAttempts(f.database, { recipe: origin, arch: f.arch }, MAX_ATTEMPTS),
  ])
  const siblings = listed
    .filter((other) => other.summary.origin === origin && other.summary.name !== name)
    .map((other) => other.summary.name)
  return { ...summary, url, siblings, versions, dependents, attempts }
}

/** Published packages first, then recipes; each by name. */
async function dependentsOf(
  f: FactsContext,
  { edge, recipes }: Survey,
  name: string,
  origin: string,
): Promise<Dependent[]> {
  const outlines = await f.outlines.of([...recipes.values()], f.distro)
  const runtime = edge.providers
    .dependentsOf(name)
    .map((one): Dependent => ({ name: one.name, kind: 'runtime', wants: one.wants }))
    .sort((a, b) => compareTexts(a.name, b.name) || compareTexts(a.wants, b.wants))
  const builders = [...outlines]
    .filter(([recipe, { environment }]) => recipe !== origin && environment.includes(name))
    .map(([recipe]): Dependent => ({ name: recipe, kind: 'build', wants: name }))
    .sort((a, b) => compareTexts(a.name, b.name))
  return [...runtime, ...builders]
}

const compareTexts = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
