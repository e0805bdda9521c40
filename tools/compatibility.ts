// SPDX-License-Identifier: Apache-2.0
// Builds, tests and rebuilds recipes of Wolfi as they are, on the starter distro and the seed, and keeps the outcomes in docs/compatibility.jsonl; docs/compatibility.md is made of them.
//   npm run compatibility                          every recipe of the lists that has no outcome yet, those of small sources first
//   npm run compatibility -- --failed              those that did not pass
//   npm run compatibility -- --only zip,flex       these, whatever is known of them
//   npm run compatibility -- --jobs 2              so many at once
//   npm run compatibility -- --sample 5            so many of the small ones that passed, others every day; nothing is written, and one that no longer passes is an error
//   npm run compatibility -- --page                only the page, from the outcomes
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import PQueue from 'p-queue'
import { digestOf, lastWords, runCommand, systemClock, writeFileAtomic } from '../src/base/index.ts'
import { openRenderer } from '../src/cli/index.ts'
import {
  distroFor,
  openServices,
  openTrials,
  prepareSeedTold,
  type Services,
  type Trials,
  type TrialTarget,
} from '../src/factory/index.ts'
import { askedSeed } from '../src/seed/index.ts'
import { readSettings, type Settings } from '../src/settings/index.ts'
import { type Outcome, pageOf, readOutcomes, sortOutcomes } from './compatibility/outcomes.ts'

const ROOT = join(import.meta.dirname, '..')
const OUTCOMES = join(ROOT, 'docs/compatibility.jsonl')
const PAGE = join(ROOT, 'docs/compatibility.md')
const CORPUS = process.env['MILLRACE_SHARED'] ?? join(ROOT, '../shared')
const SNAPSHOTS = ['2025-04-15', '2026-08-22']

interface Candidate {
  readonly snapshot: string
  readonly recipe: string
  /** Of its sources. */
  readonly sizeBytes: number
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      failed: { type: 'boolean', default: false },
      only: { type: 'string' },
      snapshot: { type: 'string' },
      jobs: { type: 'string', default: '1' },
      sample: { type: 'string' },
      page: { type: 'boolean', default: false },
    },
  })
  const known = readOutcomes(OUTCOMES)
  const settings = readSettings({ data: values.data })
  if (values.sample !== undefined) return trySample(settings, known, Number(values.sample))
  if (!values.page) {
    const only = values.only?.split(',')
    const wanted = candidates().filter(({ snapshot, recipe }) => {
      if (values.snapshot !== undefined && snapshot !== values.snapshot) return false
      if (only !== undefined) return only.includes(recipe)
      const outcome = known.find((one) => one.snapshot === snapshot && one.recipe === recipe)
      return values.failed ? outcome?.status === 'failed' : outcome === undefined
    })
    await tryAll(settings, wanted, Number(values.jobs), async (outcome) => {
      keep(known, outcome)
      await writeFileAtomic(OUTCOMES, known.map((one) => `${JSON.stringify(one)}\n`).join(''))
    })
  }
  await writeFileAtomic(PAGE, pageOf(known))
}

/** What is tried again on a machine that has nothing yet: soon built, and resting on what is soon built. */
const SMALL_MS = 60_000
const SMALL_NEEDS_MS = 240_000

/** Tries some of those that passed again. */
async function trySample(settings: Settings, known: readonly Outcome[], count: number): Promise<void> {
  const today = new Date().toISOString().slice(0, 10)
  const small = known.filter(
    (one) => one.status === 'passed' && one.buildMs <= SMALL_MS && one.needsMs <= SMALL_NEEDS_MS,
  )
  const drawn = small
    .map((one) => ({ ...one, lot: digestOf(`${today}/${one.snapshot}/${one.recipe}`) }))
    .sort((a, b) => (a.lot < b.lot ? -1 : 1))
    .slice(0, count)
  const again: Outcome[] = []
  await tryAll(settings, drawn, 2, async (outcome) => void again.push(outcome))
  for (const one of again)
    console.log(
      one.status === 'passed' ? `passed ${one.snapshot} ${one.recipe}` : `FAILED ${JSON.stringify(one)}`,
    )
  if (again.length < Math.min(count, small.length) || again.some(({ status }) => status === 'failed'))
    process.exitCode = 4
}

/** The recipes whose every source can be had; those of small sources first, since most of them are soon done. */
function candidates(): Candidate[] {
  return SNAPSHOTS.flatMap((snapshot) => {
    const [head = '', ...rows] = readFileSync(join(CORPUS, `corpus/buildable-${snapshot}.tsv`), 'utf8')
      .trim()
      .split('\n')
    const sizeColumn = head.split('\t').indexOf('size')
    const sizes = new Map<string, number>()
    for (const row of rows) {
      const cells = row.split('\t')
      const [recipe = ''] = cells
      sizes.set(recipe, (sizes.get(recipe) ?? 0) + Number(cells[sizeColumn]))
    }
    return [...sizes].map(([recipe, sizeBytes]) => ({ snapshot, recipe, sizeBytes }))
  }).sort((a, b) => a.sizeBytes - b.sizeBytes)
}

async function tryAll(
  settings: Settings,
  wanted: readonly Pick<Candidate, 'snapshot' | 'recipe'>[],
  jobs: number,
  take: (outcome: Outcome) => Promise<void>,
): Promise<void> {
  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort())
  for (const snapshot of new Set(wanted.map((one) => one.snapshot))) await unpack(settings, snapshot)
  await using f = await openServices(settings, 'trying recipes')
  using renderer = openRenderer({ stream: process.stderr, clock: systemClock })
  f.events.listen((event) => renderer.show(event))
  const targets = await Promise.all(
    wanted.map(async ({ snapshot, recipe }) => ({
      ...(await distroFor(f, join(corpusPlace(settings, snapshot), `${recipe}.yaml`))),
      snapshot,
    })),
  )
  const [first] = targets
  if (first === undefined) return
  // One seed for all: each recipe alone would choose its own.
  const asked = targets.flatMap(({ distro }) => Object.keys(distro.seed.names))
  const seed = await prepareSeedTold(f, askedSeed(first.distro.seed, asked), stopping.signal)
  const trials = openTrials(f, seed)
  const queue = new PQueue({ concurrency: jobs })
  await queue.addAll(
    targets.map((target) => async () => {
      if (stopping.signal.aborted) return
      await take(await outcomeOf(f, trials, target, stopping.signal))
    }),
  )
}

async function outcomeOf(
  f: Pick<Services, 'ledger'>,
  trials: Trials,
  target: TrialTarget & { readonly snapshot: string },
  signal: AbortSignal,
): Promise<Outcome> {
  const { snapshot, recipe } = target
  const outcome = await trials.try(target, signal)
  const common = { snapshot, recipe: recipe.name, version: recipe.expanded.fullVersion }
  if (outcome.status === 'passed') return { ...common, ...outcome, needsMs: await needsMsOf(f, target) }
  const { status, at, why } = outcome
  return { ...common, status, at, why: withoutPlaces(why) }
}

async function needsMsOf(
  { ledger }: Pick<Services, 'ledger'>,
  { distro, recipe }: TrialTarget,
): Promise<number> {
  const times = await ledger.durations()
  const needed = [...(distro.graph.closure.get(recipe.name) ?? [])]
  return needed.reduce((sum, name) => sum + (times.get(name)?.build ?? 0), 0)
}

/** Where a file was asked for is this machine's matter: the page keeps the file's name. */
function withoutPlaces(text: string): string {
  return text
    .replace(/\b[a-z]+:\/\/[^\s()]*?([^\s()/]*)(?=[\s():,]|$)/g, '$1')
    .replace(/\b(ENOTFOUND|ECONNREFUSED|EAI_AGAIN) \S+/g, '$1')
    .replace(/ *\[IP:[^\]]*\]/g, '')
}

function keep(known: Outcome[], outcome: Outcome): void {
  const place = known.findIndex((one) => one.snapshot === outcome.snapshot && one.recipe === outcome.recipe)
  known.splice(place === -1 ? known.length : place, place === -1 ? 0 : 1, outcome)
  sortOutcomes(known)
}

const corpusPlace = (settings: Settings, snapshot: string) => join(settings.dataDirectory, 'corpus', snapshot)

/** The recipes are other people's text: they stay out of the checkout. */
async function unpack(settings: Settings, snapshot: string): Promise<void> {
  const place = corpusPlace(settings, snapshot)
  if (existsSync(place)) return
  const unfinished = `${place}.new`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true })
  const exited = await runCommand({
    program: 'tar',
    args: ['-xJf', join(CORPUS, `corpus/wolfi-${snapshot}.tar.xz`), '-C', unfinished],
    env: { PATH: '/usr/bin:/bin' },
  })
  if (exited.code !== 0) throw new Error(`the corpus cannot be unpacked: ${lastWords(exited)}`)
  await rename(unfinished, place)
}

await main()
