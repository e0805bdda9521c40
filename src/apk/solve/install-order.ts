// SPDX-License-Identifier: Apache-2.0
import type { ApkRecord } from '../record.ts'
import type { Candidate } from './candidate.ts'
import type { Dependency } from './dependency.ts'
import type { PackageIndex } from './package-index.ts'

export interface ChosenPackage {
  readonly record: ApkRecord
  readonly repository: string
  /** Who wanted it, outermost first: `curl → so:libssl.so.3`. */
  readonly because: readonly string[]
}

/** Orders chosen packages so that what one needs comes before it, as far as circles allow, and says by the shortest way why each is there. */
export function installOrder(
  index: PackageIndex,
  world: readonly Dependency[],
  taken: readonly Candidate[],
): ChosenPackage[] {
  const there = new Set(taken)
  const meeting = (wish: Dependency) => index.candidates(wish).filter((candidate) => there.has(candidate))
  const reasons = reasonsFor(world, meeting)
  const byName = [...taken].sort((a, b) => (a.record.name < b.record.name ? -1 : 1))
  for (const candidate of byName)
    if (!reasons.has(candidate))
      reasons.set(candidate, [`install_if ${candidate.record.installIf.join(' ')}`, candidate.record.name])

  const ordered = new Set<Candidate>()
  const begun = new Set<Candidate>()
  const visit = (candidate: Candidate): void => {
    if (begun.has(candidate)) return
    begun.add(candidate)
    for (const wish of [...candidate.wishes].sort(byText)) meeting(wish).forEach(visit)
    ordered.add(candidate)
  }
  for (const wish of world) meeting(wish).forEach(visit)
  byName.forEach(visit)
  return [...ordered].map((candidate) => ({
    record: candidate.record,
    repository: candidate.repository.name,
    because: reasons.get(candidate) ?? [],
  }))
}

function reasonsFor(
  world: readonly Dependency[],
  meeting: (wish: Dependency) => readonly Candidate[],
): Map<Candidate, readonly string[]> {
  const reasons = new Map<Candidate, readonly string[]>()
  const ahead: { readonly wish: Dependency; readonly by: readonly string[] }[] = world.map((wish) => ({
    wish,
    by: [],
  }))
  for (let at = 0; at < ahead.length; at++) {
    const { wish, by } = ahead[at] as (typeof ahead)[number]
    for (const candidate of meeting(wish)) {
      if (reasons.has(candidate)) continue
      reasons.set(candidate, [...by, wish.text])
      const { name } = candidate.record
      const label = wish.text === name ? name : `${wish.text} (${name})`
      for (const own of [...candidate.wishes].sort(byText)) ahead.push({ wish: own, by: [...by, label] })
    }
  }
  return reasons
}

function byText(a: Dependency, b: Dependency): number {
  return a.text < b.text ? -1 : a.text > b.text ? 1 : 0
}
