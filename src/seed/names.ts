// SPDX-License-Identifier: Apache-2.0
import { MillraceError, nearestName } from '../base/index.ts'
import type { DebianPackage } from './debian-package.ts'
import type { SeedSpec } from './seed-spec.ts'

/** The package of the bare tree; everything that holds a program needs it. */
export const BASELAYOUT = 'seed-baselayout'

/** How recipes' names fall on packages: provided by one, or a small package that only depends on several. */
export interface SeedNames {
  /** Debian packages to ask apt for, sorted. */
  readonly wanted: readonly string[]
  /** Package → names it stands for, sorted. */
  readonly provided: ReadonlyMap<string, readonly string[]>
  /** Package of the same name as the recipe's → what else belongs to that name. */
  readonly added: ReadonlyMap<string, readonly string[]>
  /** Names that are packages of their own → what they depend on. */
  readonly metas: ReadonlyMap<string, readonly string[]>
}

export function seedNames({ names }: SeedSpec): SeedNames {
  const isDebian = (name: string) =>
    name !== BASELAYOUT && (names[name] === undefined || names[name].includes(name))
  const provided = new Map<string, string[]>()
  const added = new Map<string, readonly string[]>()
  const metas = new Map<string, readonly string[]>()
  for (const [name, targets] of sortedEntries(names)) {
    const others = targets.filter((target) => target !== name)
    if (others.length < targets.length) added.set(name, others)
    else if (targets.length > 1) metas.set(name, targets)
    else {
      const target = finalTarget(name, names)
      provided.set(target, [...(provided.get(target) ?? []), name])
    }
  }
  const wanted = new Set(Object.values(names).flat().filter(isDebian))
  return { wanted: [...wanted].sort(), provided, added, metas }
}

/** What is left out of a seed, in the order of its description: a package that a name stands for is not, whoever else does without it. */
export function leftOut(spec: SeedSpec): ReadonlySet<string> {
  const wanted = new Set(seedNames(spec).wanted)
  return new Set(spec.leave.filter((name) => !wanted.has(name)))
}

/**
 * Debian's dependencies as names of packages that are there: of each clause the first name that a package has, else one that a package provides. What the seed leaves out is
 * left out here too.
 *
 * @throws MillraceError SEED_FAILED when a clause has nobody.
 */
export function resolveDepends(
  one: DebianPackage,
  all: ReadonlyMap<string, DebianPackage>,
  leave: ReadonlySet<string>,
): string[] {
  const chosen = new Set<string>()
  for (const clause of one.depends) {
    const name =
      clause.find((candidate) => all.has(candidate)) ??
      clause.map((candidate) => providerOf(candidate, all)).find((provider) => provider !== undefined)
    if (name !== undefined) chosen.add(name)
    else if (!clause.some((candidate) => leave.has(candidate))) throw unmet(one, clause, all)
  }
  chosen.delete(one.name)
  return [...chosen].sort()
}

/** The package behind a name that stands for one other name, which may do the same. */
function finalTarget(name: string, names: SeedSpec['names'], depth = 0): string {
  const targets = names[name] ?? [name]
  const [target = name] = targets
  if (targets.length > 1 || target === name || depth > 10) return name
  return finalTarget(target, names, depth + 1)
}

function providerOf(name: string, all: ReadonlyMap<string, DebianPackage>): string | undefined {
  return [...all.values()].find(({ provides }) => provides.includes(name))?.name
}

/** Names that an apk provides for what is in its tree: `so:` of libraries, `cmd:` of programs, `pc:` of pkg-config files. Without versions: several packages may provide them at once. */
export function providesOfTree(
  paths: Iterable<{ readonly path: string; readonly executable: boolean }>,
): string[] {
  const found = new Set<string>()
  for (const { path, executable } of paths) {
    const [, library] = /^usr\/lib\/(?:[^/]+-linux-gnu\/)?((?:lib|ld-)[^/]*\.so(?:\.\d+)+)$/.exec(path) ?? []
    const [, command] = /^usr\/bin\/([^/\s@=<>~!]+)$/.exec(path) ?? []
    const [, pc] = /^usr\/(?:lib|share)\/(?:[^/]+-linux-gnu\/)?pkgconfig\/([^/\s]+)\.pc$/.exec(path) ?? []
    if (library !== undefined) found.add(`so:${library}`)
    if (command !== undefined && executable) found.add(`cmd:${command}`)
    if (pc !== undefined) found.add(`pc:${pc}`)
  }
  return [...found].sort()
}

function unmet(
  one: DebianPackage,
  clause: readonly string[],
  all: ReadonlyMap<string, DebianPackage>,
): MillraceError {
  const near = nearestName(clause[0] ?? '', all.keys())
  return new MillraceError('SEED_FAILED', {
    what: `converting ${one.name} ${one.version}`,
    why: `it depends on ${clause.join(' or ')}, which is not among the resolved packages${near === undefined ? '' : ` (near: ${near})`}`,
    fix: 'name the package under names: in distro/seed.yaml, or under leave: when builds do without it',
  })
}

function sortedEntries<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))
}
