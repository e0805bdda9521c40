// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import {
  CLASS_TITLES,
  type Failure,
  type FailureClass,
  type StepTrail,
  type Wanted,
} from '../../build/index.ts'
import type { AvailableApk, BuildPlan } from '../../plan/index.ts'
import { shortKey } from '../../plan/index.ts'
import type { ApkRepository } from '../../repository/index.ts'
import type { BlobStore } from '../../store/index.ts'
import type { Ledger } from '../ledger.ts'
import type { Mill } from '../mill.ts'
import type { Purpose } from '../tables.ts'
import { differencesOf, readPlan } from '../why.ts'
import { likelyNames, providersOf } from './providers.ts'
import { formatTrail } from './trails.ts'

/** All that is known of a failure, for whoever has to do with it. */
export interface FailureReport {
  readonly class: FailureClass
  readonly fix: string
  /** Where the script stands that failed; [] when it was none. */
  readonly trail: StepTrail
  /** What a program missed, the packages that have it, and where there is none the packages of the distro that may have it, by their names. */
  readonly wanted:
    | (Wanted & { readonly providers: readonly string[]; readonly likely: readonly string[] })
    | null
  /** The newest plan of the recipe that came to a good end, and what of its inputs is another now. */
  readonly lastGood: {
    readonly key: string
    readonly version: string
    /** When it was begun: an ISO 8601 time. */
    readonly at: string
    readonly changes: readonly string[]
  } | null
  /** Under which name its sandbox is kept; null when it is not. */
  readonly snapshot: string | null
}

interface ReportServices {
  readonly ledger: Pick<Ledger, 'lastPassed' | 'findPlans'>
  readonly store: BlobStore
  readonly dataDirectory: string
  readonly arch: string
  readonly repository: Pick<ApkRepository, 'packages'>
}

/** What is known of packages where a flow runs. */
export function knownTo({ released, distro }: Pick<Mill, 'released' | 'distro'>): KnownPackages {
  return { seed: released.seed, distroPackages: [...distro.graph.makerOf.keys(), ...distro.recipes.keys()] }
}

/** Packages beside those that are offered in `edge`. */
export interface KnownPackages {
  readonly seed: readonly AvailableApk[]
  /** Names of what the distro's recipes make, whether they were built or not. */
  readonly distroPackages: Iterable<string>
}

/** Puts beside a failure what the ledger and the packages that are there know about it. */
export async function reportFailure(
  f: ReportServices,
  plan: BuildPlan,
  failure: Failure,
  purpose: Purpose,
  known: KnownPackages,
): Promise<FailureReport> {
  const { class: of, fix, trail, wanted, snapshot } = failure
  const providers =
    wanted === null
      ? []
      : await providersOf(
          wanted,
          [...(await f.repository.packages('edge', f.arch)), ...known.seed],
          join(f.dataDirectory, 'trees'),
        )
  const names = new Set(known.distroPackages)
  const likely =
    wanted === null || providers.length > 0
      ? []
      : [...new Set(likelyNames(wanted))].filter((name) => names.has(name))
  return {
    class: of,
    fix,
    trail,
    wanted: wanted === null ? null : { ...wanted, providers, likely },
    lastGood: await lastGoodOf(f, plan, purpose),
    snapshot,
  }
}

async function lastGoodOf(
  f: ReportServices,
  plan: BuildPlan,
  purpose: Purpose,
): Promise<FailureReport['lastGood']> {
  const good = await f.ledger.lastPassed(plan.recipe.name, purpose)
  if (good === undefined) return null
  const changes = differencesOf(await readPlan(f.store, good.plan), plan)
  const { key, version } = good.plan
  return { key, version, at: good.startedAt.toISOString(), changes }
}

const SHOWN_CHANGES = 8

/** Where a person goes on from a failure, as half a sentence. */
export function whereToLook(key: string, { snapshot }: FailureReport): string {
  const log = `millrace log ${shortKey(key)} shows all of it`
  return snapshot === null ? log : `millrace debug ${snapshot} goes in, ${log}`
}

/** A report as lines for people, without the failure's own words. @param named what `millrace debug` and `millrace why` call the build */
export function reportLines(report: FailureReport, named: string): string[] {
  const { trail, wanted, lastGood } = report
  return [
    ...(trail.length === 0 ? [] : [`at ${formatTrail(trail)}`]),
    `${CLASS_TITLES[report.class]}`,
    ...(wanted === null ? [] : [wantedLine(wanted)]),
    ...(lastGood === null ? ['it never came to a good end before'] : lastGoodLines(lastGood, named)),
  ]
}

function lastGoodLines(
  { key, version, at, changes }: NonNullable<FailureReport['lastGood']>,
  named: string,
): string[] {
  const good = `the last good one was ${version} (build ${shortKey(key)}, ${at.slice(0, 16).replace('T', ' ')})`
  if (changes.length === 0) return [`${good}, of the same inputs`]
  const more = changes.length - SHOWN_CHANGES
  return [
    `${good}; since then:`,
    ...changes.slice(0, SHOWN_CHANGES).map((change) => `  ${change}`),
    ...(more > 0 ? [`  and ${more} more: millrace why ${named}`] : []),
  ]
}

const SPELT: Readonly<Record<Wanted['kind'], (name: string) => string>> = {
  cmd: (name) => `cmd:${name.replace(/^.*\//, '')}`,
  so: (name) => `so:${name}`,
  pc: (name) => `pc:${name}`,
  lib: (name) => `the library ${name}`,
  header: (name) => `the header ${name}`,
  cmake: (name) => `CMake’s package ${name}`,
  python: (name) => `the Python module ${name}`,
  perl: (name) => `the Perl module ${name.replaceAll('/', '::')}`,
  ruby: (name) => `the gem ${name}`,
}

function wantedLine({ kind, name, providers, likely }: NonNullable<FailureReport['wanted']>): string {
  const spelt = SPELT[kind](name)
  const have = (names: readonly string[], verb: string) =>
    `${names.length === 1 ? 'this package' : 'these packages'} ${verb}: ${names.join(', ')}`
  if (providers.length > 0)
    return `it misses ${spelt}; ${have(providers, providers.length === 1 ? 'has it' : 'have it')}`
  const none = `it misses ${spelt}, which no package that is there is known to have`
  return likely.length === 0 ? none : `${none}; by its name ${have(likely, 'may')}`
}
