// SPDX-License-Identifier: Apache-2.0
import {
  type CriticalPath,
  criticalPath,
  levelsOf,
  reachedFrom,
  reversed,
  timeOnWorkers,
  within,
} from '../../recipe/index.ts'
import type { Change } from './change.ts'
import type { GraphCorpus } from './graph-corpus.ts'

/** What a change makes be built anew, at most: what comes out as it was stops the rest. */
export interface Affected {
  readonly change: Change
  /** How many of `rebuilt` changed themselves, or have in their environment what did: these are built anew for certain. */
  readonly direct: number
  /** What changed comes first, since it is built with what there is; then each after what it needs. */
  readonly rebuilt: readonly string[]
  /** How many of them on each level, the lowest first. */
  readonly widths: readonly number[]
  /** Not built anew, but with something in the environment of a test that is. */
  readonly retested: readonly string[]
  /** Null where no time is known. */
  readonly time: PredictedTime | null
}

export interface PredictedTime {
  /** How many of the recipes were built before. */
  readonly known: number
  /** The others are taken to need as long as the median of the known. */
  readonly unknown: number
  readonly medianMs: number
  /** Of all work, one after the other. */
  readonly totalMs: number
  readonly workers: number
  readonly onWorkersMs: number
  /** What no number of workers shortens. */
  readonly criticalPath: CriticalPath
}

/** @param times how long the last good build of a recipe took, in milliseconds. @param direct only what changed itself, or has it in its environment: what is built anew for certain. */
export function predictRebuild(
  { needs }: GraphCorpus,
  change: Change,
  { times, workers, direct }: PredictOptions,
): Affected {
  const edges = needs.edges(['environment'])
  const changed = new Set(change.recipes)
  const near = change.holders ?? [...reachedFrom(reversed(edges), changed, 1)]
  const far = direct ? [] : reachedFrom(reversed(edges), near)
  const chosen = new Set([...changed, ...near, ...far])
  const inside = within(
    edges,
    [...needs.recipes.keys()].filter((name) => chosen.has(name)),
  )
  const ordered = new Map([...inside, ...within(inside, changed)])
  const levels = levelsOf(ordered)
  const rebuilt = new Set(levels.flat())
  const retested = [...needs.edges(['test'])]
    .filter(([name, held]) => !rebuilt.has(name) && [...held].some((other) => rebuilt.has(other)))
    .map(([name]) => name)
  return {
    change,
    direct: new Set([...changed, ...near]).size,
    rebuilt: [...rebuilt],
    widths: levels.map(({ length }) => length),
    retested,
    time: timeOf(ordered, times, workers),
  }
}

export interface PredictOptions {
  readonly times: ReadonlyMap<string, number>
  readonly workers: number
  readonly direct: boolean
}

function timeOf(
  edges: ReadonlyMap<string, ReadonlySet<string>>,
  times: ReadonlyMap<string, number>,
  workers: number,
): PredictedTime | null {
  const names = [...edges.keys()]
  const known = names.flatMap((name) => times.get(name) ?? []).sort((a, b) => a - b)
  if (known.length === 0) return null
  const medianMs = known[Math.floor(known.length / 2)] ?? 0
  const timeMs = (name: string) => times.get(name) ?? medianMs
  return {
    known: known.length,
    unknown: names.length - known.length,
    medianMs,
    totalMs: names.reduce((sum, name) => sum + timeMs(name), 0),
    workers,
    onWorkersMs: timeOnWorkers(edges, timeMs, workers),
    criticalPath: criticalPath(edges, timeMs),
  }
}
