// SPDX-License-Identifier: Apache-2.0
import { parseDependency } from '../apk/index.ts'
import { satisfiesVersion } from '../versions/index.ts'
import { imageInvalid } from './invalid.ts'
import type { Overlap, PackedApk } from './merged-tree.ts'

/** How many layers of packages an image has when its definition says nothing. An origin's own layer is shared with every other image that has it; 127 are an overlay's end. */
export const DEFAULT_BUDGET = 50

/**
 * Which packages share a layer, as apko groups them (apko.md §10): by origin, origins joined where one replaces the other; beyond the budget, the smallest in one layer. Largest first,
 * names in order inside. A package whose file stands over another's comes behind the groups in a layer of its own, because a layer must not have a path twice.
 *
 * @param canStitch whether a package may share a layer at all.
 * @throws MillraceError IMAGE_INVALID when packages stand over each other both ways.
 */
export function groupLayers(
  name: string,
  packages: readonly PackedApk[],
  overlaps: readonly Overlap[],
  budget: number,
  canStitch: (one: PackedApk) => boolean,
): PackedApk[][] {
  const above = inOrder(name, overlaps)
  const rest = packages.filter((one) => !above.includes(one))
  const alone = rest.filter((one) => !canStitch(one)).map((one) => [one])
  const groups = joinReplaced(byOrigin(rest.filter(canStitch)))
    .map((group) => group.toSorted(byName))
    .sort((a, b) => sizeOf(b) - sizeOf(a) || (lastName(a) < lastName(b) ? -1 : 1))
  const kept = groups.length > budget ? groups.slice(0, Math.max(budget - 1, 0)) : groups
  const smallest = groups.slice(kept.length).flat().sort(byName)
  const shared = smallest.length > 0 ? [...kept, smallest] : kept
  return [...shared, ...alone.sort(([a], [b]) => byName(a, b)), ...above.map((one) => [one])]
}

function byOrigin(packages: readonly PackedApk[]): PackedApk[][] {
  const groups = new Map<string, PackedApk[]>()
  for (const one of packages) {
    const { origin, name } = one.apk.record
    groups.set(origin || name, [...(groups.get(origin || name) ?? []), one])
  }
  return [...groups.values()]
}

function joinReplaced(groups: readonly PackedApk[][]): PackedApk[][] {
  const joined = groups.map((group) => ({ packages: group }))
  const groupOf = new Map(
    joined.flatMap((group) => group.packages.map((one) => [one.apk.record.name, group])),
  )
  for (const { apk } of groups.flat())
    for (const text of apk.record.replaces) {
      const wish = parseDependency(text)
      const [from, to] = [groupOf.get(apk.record.name), groupOf.get(wish?.name ?? '')]
      if (wish === undefined || from === undefined || to === undefined || from === to) continue
      const other = to.packages.find((one) => one.apk.record.name === wish.name)
      const version = other?.apk.record.version ?? ''
      if (wish.operator !== null && !satisfiesVersion(version, wish.operator, wish.version)) continue
      from.packages = [...from.packages, ...to.packages]
      for (const one of to.packages) groupOf.set(one.apk.record.name, from)
      to.packages = []
    }
  return joined.map(({ packages }) => packages).filter((packages) => packages.length > 0)
}

/** Packages whose files stand over others', each behind those it stands over. */
function inOrder(name: string, overlaps: readonly Overlap[]): PackedApk[] {
  const ordered: PackedApk[] = []
  const visiting = new Set<PackedApk>()
  const winners = new Set(overlaps.map(({ winner }) => winner))
  const visit = (one: PackedApk): void => {
    if (!winners.has(one) || ordered.includes(one)) return
    if (visiting.has(one))
      throw imageInvalid(
        `layering the packages of ${name}`,
        `${one.apk.record.name} stands over another package’s files, and that one over its files`,
        'leave one of them out, or build them so that they have no file in common',
      )
    visiting.add(one)
    for (const { winner, loser } of overlaps) if (winner === one) visit(loser)
    ordered.push(one)
  }
  for (const one of [...winners].sort(byName)) visit(one)
  return ordered
}

function sizeOf(group: readonly PackedApk[]): number {
  return group.reduce((total, { apk }) => total + apk.record.installedSizeBytes, 0)
}

function lastName(group: readonly PackedApk[]): string {
  return group.at(-1)?.apk.record.name ?? ''
}

function byName(a: PackedApk | undefined, b: PackedApk | undefined): number {
  return (a?.apk.record.name ?? '') < (b?.apk.record.name ?? '') ? -1 : 1
}
