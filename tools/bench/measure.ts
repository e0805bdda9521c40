// SPDX-License-Identifier: Apache-2.0

/** One line of the table. Of times, `value` is the median of `runs`. */
export interface Measure {
  readonly name: string
  readonly unit: 'ms' | 'MiB' | 'kB'
  readonly value: number
  readonly least: number
  readonly most: number
  readonly runs: number
  /** What it is to be at most; null where nothing was promised. */
  readonly goal: number | null
  /** What another program takes for the same work, on the same machine, in the same run. */
  readonly peer: { readonly name: string; readonly value: number } | null
}

/** Times what `work` does, `runs` times, one after another; `between` is not counted. */
export async function timed<T>(
  runs: number,
  work: (run: number) => Promise<T>,
  between: (made: T) => Promise<void> = async () => {},
): Promise<number[]> {
  const times: number[] = []
  for (let run = 0; run < runs; run++) {
    const startedMs = performance.now()
    const made = await work(run)
    times.push(performance.now() - startedMs)
    await between(made)
  }
  return times
}

export function measureOf(
  name: string,
  unit: Measure['unit'],
  values: readonly number[],
  goal: number | null,
  peer: Measure['peer'] = null,
): Measure {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (place: number) => sorted[Math.min(Math.floor(place), sorted.length - 1)] ?? Number.NaN
  return {
    name,
    unit,
    value: at(sorted.length / 2),
    least: at(0),
    most: at(sorted.length),
    runs: sorted.length,
    goal,
    peer,
  }
}
