// SPDX-License-Identifier: Apache-2.0
import { asDiskFull, type Digest, ERRORS, isMillraceError } from '../base/index.ts'
import type { BuiltApk } from '../build/index.ts'
import { openQueue, type Work, type WorkQueue } from '../queue/index.ts'
import { PUBLIC_CHANNELS } from '../repository/index.ts'
import { complain } from './complain.ts'
import type { Distro, DistroRecipe } from './distro.ts'
import { recipeNamed } from './distro.ts'
import { release, releasedBefore } from './flow.ts'
import { type ImageShop, openImageShop } from './images.ts'
import type { Mill } from './mill.ts'
import { Schedule, urgency } from './schedule.ts'
import { SecondBuilds } from './second-builds.ts'
import { prepareSeedTold } from './seed.ts'
import type { Services } from './services.ts'
import { openSourceFetcher } from './sources.ts'
import { describeFailure, imageTask, type Task, taskOf } from './steps/step.ts'
import { makePlan } from './working-plan.ts'

/** The most of each kind. An image that can be made is made at once; second builds wait until nothing else is to be done. */
const PRIORITY = { image: 2_000_000, release: 1_000_000, reproduce: 900_000 } as const
const MAX_TRIES = 3

/**
 * Runs the factory on a distro: seed, releases in the order that brings the first image soonest, images as soon as their packages are there, then second builds and
 * promotion. What was done before is not done again. Goes on until the signal is given and all work has stopped.
 *
 * @throws MillraceError SEED_FAILED and what else keeps any work from being begun
 */
export async function runFactory(f: Services, distro: Distro, signal: AbortSignal): Promise<void> {
  const seed = await prepareSeedTold(f, distro.seed, signal)
  const released = new Map<string, readonly BuiltApk[]>()
  const mill: Mill = {
    f,
    distro,
    released: { seed, packagesOf: (recipe) => released.get(recipe) },
    sources: openSourceFetcher(f),
  }
  await using queue = await openQueue(f.databaseUrl, (error) => complain(f, error))
  const factory = new Factory(mill, released, await openImageShop(f, distro), queue, signal)
  const unlisten = f.store.onCorrupt((digest) => factory.remake(digest))
  await factory.begin()
  await untilAborted(signal)
  unlisten()
  await factory.end()
}

type ImageStanding = 'open' | 'begun' | 'made' | 'failed'

/** The state of a running factory, and what it begins next. */
export class Factory {
  readonly #mill: Mill
  readonly #released: Map<string, readonly BuiltApk[]>
  readonly #images: ImageShop
  readonly #queue: WorkQueue
  readonly #signal: AbortSignal
  readonly #schedule: Schedule
  readonly #imageStanding: Map<string, ImageStanding>
  readonly #again: SecondBuilds
  /** Recipes whose packages were damaged and are not there again yet. */
  readonly #remaking = new Set<string>()
  readonly #tries = new Map<string, number>()
  /** Work of two plans of one recipe can be there, when a killed run left the older. */
  readonly #active = new Set<string>()
  /** Most urgent first. */
  readonly #order: readonly string[]
  #looking: Promise<void> = Promise.resolve()

  constructor(
    mill: Mill,
    released: Map<string, readonly BuiltApk[]>,
    images: ImageShop,
    queue: WorkQueue,
    signal: AbortSignal,
  ) {
    this.#mill = mill
    this.#released = released
    this.#images = images
    this.#queue = queue
    this.#signal = signal
    this.#schedule = new Schedule(mill.distro.graph)
    this.#again = new SecondBuilds(mill)
    this.#imageStanding = new Map(mill.distro.images.map((name) => [name, 'open']))
    this.#order = urgency(mill.distro.graph, images.wants())
  }

  async begin(): Promise<void> {
    await this.#noteDistro()
    await this.#look()
    await this.#announce()
    const { f, sources } = this.#mill
    this.#queue.take(
      f.settings.workers,
      (work, stop) => this.#do(work, AbortSignal.any([stop, this.#signal])),
      (error) => isMillraceError(error) && ERRORS[error.code].retry,
    )
    for (const name of this.#order)
      if (this.#schedule.standing(name) !== 'released')
        sources.prefetch(this.#recipe(name).expanded.sources, name, this.#signal)
  }

  async end(): Promise<void> {
    await this.#looking
  }

  /** Makes again what a damaged blob was: a package by its recipe, an image's own by the image. A source is fetched when a build wants it. */
  remake(digest: Digest): void {
    const isLost = ({ file, sbom }: BuiltApk) => file === digest || sbom.digest === digest
    const makers = [...this.#released].flatMap(([name, packages]) => (packages.some(isLost) ? [name] : []))
    for (const name of makers.filter((maker) => this.#schedule.reopen(maker))) {
      this.#remaking.add(name)
      this.#again.forget(name)
    }
    if (makers.length === 0) {
      this.#images.forget()
      this.#looking = this.#looking.then(() => this.#rewriteIndexes())
    }
    if (!this.#signal.aborted) void this.#look()
  }

  async #rewriteIndexes(): Promise<void> {
    const { f } = this.#mill
    try {
      for (const channel of PUBLIC_CHANNELS)
        if ((await f.repository.currentIndex(channel, f.arch)) !== undefined)
          await f.repository.publish(channel, f.arch, [])
    } catch (error) {
      complain(f, error)
    }
  }

  /** What met the recipe without its packages failed, and is tried again. */
  #haveRemade(name: string): void {
    if (!this.#remaking.delete(name)) return
    this.#schedule.reopenStopped(name)
    for (const [image, standing] of this.#imageStanding)
      if (standing === 'failed') this.#imageStanding.set(image, 'open')
  }

  #recipe(name: string): DistroRecipe {
    return recipeNamed(this.#mill.distro, name)
  }

  /** The list of recipes as the distro has them now, with those that cannot be read. */
  async #noteDistro(): Promise<void> {
    const { f, distro } = this.#mill
    await f.ledger.keepRecipes([...distro.recipes.keys(), ...distro.broken.map(({ name }) => name)])
    for (const { name, file, error } of distro.broken) {
      complain(f, error)
      await f.ledger.recordRecipe({ name, version: '', file, planKey: null, trouble: error.why })
    }
    for (const { name, file, expanded } of distro.recipes.values())
      await f.ledger.recordRecipe({ name, version: expanded.fullVersion, file, planKey: null, trouble: null })
  }

  /** Tells what is known to come and how long it took before, so that progress has a total. */
  async #announce(): Promise<void> {
    const { f } = this.#mill
    const times = await f.ledger.durations()
    const open = this.#order.filter((name) => ['open', 'begun'].includes(this.#schedule.standing(name)))
    const waiting: Task[] = []
    const expected = (task: Task, expectedMs: number | null) => ({ ...task, expectedMs })
    for (const name of open)
      if (this.#recipe(name).expanded.tests.size > 0)
        waiting.push(taskOf('test', this.#recipe(name).expanded))
    for (const [name, standing] of this.#imageStanding)
      if (standing === 'open' || standing === 'begun') waiting.push(imageTask(name))
    const again = this.#order.filter((name) => !this.#again.isBegun(name))
    f.emit({
      type: 'work.expected',
      tasks: [
        ...open.map((name) =>
          expected(taskOf('build', this.#recipe(name).expanded), times.get(name)?.build ?? null),
        ),
        ...waiting.map((task) => expected(task, null)),
        ...again.map((name) =>
          expected(
            taskOf('reproduce', this.#recipe(name).expanded),
            times.get(name)?.reproduce ?? times.get(name)?.build ?? null,
          ),
        ),
      ],
    })
  }

  /** Begins what can be begun; one look at a time. */
  #look(): Promise<void> {
    this.#looking = this.#looking
      .then(() => this.#lookOnce())
      .catch((error: unknown) => complain(this.#mill.f, error))
    return this.#looking
  }

  async #lookOnce(): Promise<void> {
    for (let ready = this.#schedule.ready(); ready.length > 0; ready = this.#schedule.ready())
      for (const name of ready) {
        if (this.#signal.aborted) return
        await this.#beginRelease(this.#recipe(name))
      }
    for (const { name, by } of this.#schedule.block())
      await this.#stop(name, null, `it needs ${by}, which was not released`)
    for (const [name, standing] of this.#imageStanding)
      if (standing === 'open' || standing === 'made') await this.#beginImage(name)
    if (this.#schedule.isSettled() && ![...this.#imageStanding.values()].includes('begun'))
      await this.#beginSecondBuilds()
  }

  /** What was released before is taken as it is; the rest becomes work. */
  async #beginRelease(recipe: DistroRecipe): Promise<void> {
    const { name } = recipe
    const wasBuilt = this.#schedule.standing(name) === 'built'
    this.#schedule.settle(name, 'begun')
    try {
      const plan = await makePlan(this.#mill.f, this.#mill.distro, recipe, this.#mill.released)
      const known = await releasedBefore(this.#mill, recipe, plan)
      if (known !== undefined) await this.#keepReleased(recipe, plan.key, known)
      else {
        const priority = PRIORITY.release - this.#order.indexOf(name)
        // Work that built or released a package may not be over yet when its tests are added, or it is taken up again.
        const more = wasBuilt ? ' tests' : this.#remaking.has(name) ? ' again' : ''
        const key = `${plan.key}${more}`
        await this.#queue.add([{ kind: 'release', key, data: { name }, priority }])
      }
    } catch (error) {
      await this.#fail(name, error)
    }
  }

  async #beginImage(name: string): Promise<void> {
    try {
      const look = await this.#images.look(name, this.#schedule.isSettled())
      if (look.status !== 'make') return
      this.#imageStanding.set(name, 'begun')
      await this.#queue.add([{ kind: 'image', key: look.key, data: { name }, priority: PRIORITY.image }])
    } catch (error) {
      this.#failImage(name, error)
    }
  }

  async #beginSecondBuilds(): Promise<void> {
    const open = this.#order.filter(
      (name) => this.#schedule.standing(name) === 'released' && !this.#again.isBegun(name),
    )
    if (open.length === 0) return
    await this.#announce()
    const recipes = open.map((name) => this.#recipe(name))
    await this.#queue.add(await this.#again.begin(recipes, PRIORITY.reproduce))
  }

  async #do(work: Work, signal: AbortSignal): Promise<void> {
    const { name } = work.data as { name: string }
    const active = `${work.kind}:${name}`
    if (this.#active.has(active)) return
    this.#active.add(active)
    try {
      if (work.kind === 'image') await this.#makeImage(name, signal)
      else if (!this.#mill.distro.recipes.has(name)) return
      else if (work.kind === 'release') await this.#release(name, signal)
      else if (this.#schedule.standing(name) === 'released')
        await this.#again.carryOut(this.#recipe(name), signal)
      this.#tries.delete(work.key)
    } catch (thrown) {
      if (signal.aborted) throw thrown
      const error = asDiskFull(thrown, `doing the ${work.kind} of ${name}`)
      const tries = (this.#tries.get(work.key) ?? 0) + 1
      this.#tries.set(work.key, tries)
      if (isMillraceError(error) && ERRORS[error.code].retry && tries < MAX_TRIES) throw error
      if (work.kind === 'release') await this.#fail(name, error)
      else if (work.kind === 'image') this.#failImage(name, error)
      else complain(this.#mill.f, error)
    } finally {
      this.#active.delete(active)
      // What this work made possible must be there before its place is given to the next best.
      if (!signal.aborted) await this.#look()
    }
  }

  async #release(name: string, signal: AbortSignal): Promise<void> {
    // Work of an earlier run may come before this run has looked at what it needs.
    const needed = [...(this.#mill.distro.graph.buildsOn.get(name) ?? [])]
    if (needed.some((other) => this.#schedule.standing(other) !== 'released')) {
      if (this.#schedule.standing(name) === 'begun') this.#schedule.settle(name, 'open')
      return
    }
    const recipe = this.#recipe(name)
    const outcome = await release(this.#mill, recipe, signal)
    if (outcome.status === 'released') return this.#keepReleased(recipe, outcome.plan.key, outcome.packages)
    if (outcome.status === 'built') return this.#schedule.settle(name, 'built')
    await this.#stop(name, outcome.plan.key, `its ${outcome.at} failed: ${describeFailure(outcome.why)}`)
  }

  async #makeImage(name: string, signal: AbortSignal): Promise<void> {
    this.#imageStanding.set(name, 'begun')
    const made = await this.#images.make(name, signal)
    this.#imageStanding.set(name, made ? 'made' : 'failed')
  }

  async #keepReleased(recipe: DistroRecipe, planKey: string, packages: readonly BuiltApk[]): Promise<void> {
    const { name, file, expanded } = recipe
    this.#released.set(name, packages)
    this.#schedule.settle(name, 'released')
    this.#haveRemade(name)
    await this.#mill.f.ledger.recordRecipe({
      name,
      version: expanded.fullVersion,
      file,
      planKey,
      trouble: null,
    })
  }

  /** Whatever the error is, a bug of ours too: who waits for this recipe must not wait for ever. */
  async #fail(name: string, error: unknown): Promise<void> {
    complain(this.#mill.f, error)
    await this.#stop(name, null, isMillraceError(error) ? `${error.what}: ${error.why}` : String(error))
  }

  #failImage(name: string, error: unknown): void {
    complain(this.#mill.f, error)
    this.#imageStanding.set(name, 'failed')
  }

  async #stop(name: string, planKey: string | null, trouble: string): Promise<void> {
    if (this.#schedule.standing(name) !== 'blocked') this.#schedule.settle(name, 'failed')
    const { file, expanded } = this.#recipe(name)
    await this.#mill.f.ledger.recordRecipe({ name, version: expanded.fullVersion, file, planKey, trouble })
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
