// SPDX-License-Identifier: Apache-2.0
import { isMillraceError } from '../base/index.ts'
import type { AvailableApk } from '../plan/index.ts'
import type { Work } from '../queue/index.ts'
import { complain } from './complain.ts'
import type { DistroRecipe } from './distro.ts'
import { reproduce } from './flow.ts'
import type { Mill } from './mill.ts'
import { missingIn, promotable } from './promotion.ts'
import { waitingTime } from './schedule.ts'
import { makePlan } from './working-plan.ts'

const SHOWN_NAMES = 4

/** The second builds of what was released, and the promotion of what came out the same. */
export class SecondBuilds {
  readonly #mill: Mill
  /** Recipes whose second build is somebody's work, or was. */
  readonly #begun = new Set<string>()
  readonly #same = new Map<string, readonly AvailableApk[]>()

  constructor(mill: Mill) {
    this.#mill = mill
  }

  isBegun(name: string): boolean {
    return this.#begun.has(name)
  }

  /** What is built anew is asked for again. */
  forget(name: string): void {
    this.#begun.delete(name)
  }

  /**
   * The work that these are, in the order of {@link waitingTime}, so that `stable` fills from the start. What was built a second time before is kept as it was.
   *
   * @param most no priority is above it.
   */
  async begin(recipes: readonly DistroRecipe[], most: number): Promise<Work[]> {
    const { f, distro, released } = this.#mill
    const times = await f.ledger.durations()
    const waiting = waitingTime(
      distro.graph,
      new Map(recipes.map(({ name }) => [name, times.get(name)?.build ?? 0])),
    )
    await this.#tellMissing()
    const work: Work[] = []
    for (const recipe of recipes) {
      const { name } = recipe
      this.#begun.add(name)
      const key = await this.#keyOf(recipe)
      if (key === undefined) continue
      const waitingMs = waiting.get(name) ?? 0
      if ((await f.ledger.passed(key, 'reproduce')) === undefined)
        work.push({
          kind: 'reproduce',
          key,
          data: { name },
          priority: Math.min(most, Math.round(waitingMs / 1000)),
        })
      else await this.#keep(name, released.packagesOf(name) ?? [])
    }
    return work.sort((a, b) => b.priority - a.priority)
  }

  /** Nobody finds by looking at `stable` why something never comes there. */
  async #tellMissing(): Promise<void> {
    const { f } = this.#mill
    for (const [wanted, names] of missingIn(await f.repository.packages('edge', f.arch))) {
      const [shown, more] = [names.slice(0, SHOWN_NAMES).join(', '), names.length - SHOWN_NAMES]
      const all = more > 0 ? `${shown} and ${more} more` : shown
      const text = `nothing in edge provides ${wanted}, which ${all} ${names.length === 1 ? 'needs' : 'need'}: not to be installed, and kept out of stable`
      f.emit({ type: 'notice.raised', level: 'warning', code: 'DEPENDENCY_UNSATISFIED', text })
    }
  }

  async carryOut(recipe: DistroRecipe, signal: AbortSignal): Promise<void> {
    this.#begun.add(recipe.name)
    const outcome = await reproduce(this.#mill, recipe, signal)
    if (outcome.status === 'same') await this.#keep(recipe.name, outcome.packages)
  }

  /** Undefined, and told, where there is no plan any more. */
  async #keyOf(recipe: DistroRecipe): Promise<string | undefined> {
    const { f, distro, released } = this.#mill
    try {
      return (await makePlan(f, distro, recipe, released)).key
    } catch (error) {
      if (!isMillraceError(error)) throw error
      complain(f, error)
      return undefined
    }
  }

  /** Promotes all that may go now: others may have waited for this one. */
  async #keep(name: string, packages: readonly AvailableApk[]): Promise<void> {
    const { f } = this.#mill
    this.#same.set(name, packages)
    const offered = await f.repository.packages('stable', f.arch)
    const there = new Set(offered.map(({ file }) => file))
    const candidates = [...this.#same.values()].flat().filter(({ file }) => !there.has(file))
    const going = promotable(candidates, offered).map(({ file }) => file)
    if (going.length > 0) await f.repository.promote('edge', 'stable', f.arch, going)
  }
}
