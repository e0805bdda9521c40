// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { MillraceError, nearestName, runCommand } from '../../base/index.ts'
import {
  cutCycles,
  cyclesOf,
  type GraphCorpus,
  placedChain,
  predictRebuild,
  readChange,
  readGraphCorpus,
  summarizeGraph,
} from '../../corpus/index.ts'
import type { BuildTimes } from '../../factory/index.ts'
import {
  asLeaves,
  type Edges,
  levelsOf,
  NEED_KINDS,
  type NeedKind,
  reachedFrom,
  reversed,
  shortestPath,
  within,
} from '../../recipe/index.ts'
import type { Settings } from '../../settings/index.ts'
import { type Context, type Invocation, invocationOf } from '../context.ts'
import {
  affectedText,
  chainText,
  cutText,
  cyclesText,
  dotText,
  levelsText,
  namesText,
  neighboursText,
  type Rendering,
  summaryText,
} from '../renderers/graph.ts'

interface GraphOptions {
  readonly order?: boolean
  readonly levels?: boolean
  readonly cycles?: boolean
  readonly breakCycles?: boolean
  readonly why?: readonly string[]
  readonly dependents?: string
  readonly dependencies?: string
  readonly affectedBy?: string
  readonly direct?: boolean
  readonly edges?: readonly NeedKind[]
  readonly seedNames?: string
  readonly pipelineDir: readonly string[]
  readonly arch?: string
  readonly times: boolean
  readonly format: Format
  readonly dot?: boolean
  readonly all?: boolean
}

type Format = (typeof FORMATS)[number]
const FORMATS = ['text', 'json', 'dot', 'names'] as const

/** What one view of the graph is, in every format. */
interface View {
  readonly json: object
  readonly text: string
  /** One a line. */
  readonly names: readonly string[]
  readonly edges: Edges
}

export function addGraph(program: Command, context: Context): void {
  program
    .command('graph')
    .description(
      'Show what recipes need of each other: build order, levels, cycles, and what a change makes be built anew.',
    )
    .argument('[path...]', 'recipe files, or directories of them (default: the distro’s recipes)')
    .option('--order', 'every recipe after those it needs')
    .option('--levels', 'the same in levels: all of one level can be built side by side')
    .option('--cycles', 'recipes that need each other, each with the shortest way around')
    .option('--break-cycles', 'a small set of recipes that, provided by a seed, leaves no cycle')
    .option('--why <recipes...>', 'the shortest way from one recipe to another: --why A B')
    .option('--dependents <name>', 'who needs a recipe, or a package of it')
    .option('--dependencies <name>', 'what a recipe needs')
    .option(
      '--affected-by <change>',
      'what is built anew when a recipe, package, pipeline, file or A..B changes',
    )
    .option('--direct', 'no further than one step, with --dependents, --dependencies and --affected-by')
    .addOption(
      new Option('--edges <kinds>', `which needs count, with commas: ${NEED_KINDS.join(', ')}`)
        .argParser(readKinds)
        .default(['environment'] satisfies NeedKind[], 'environment'),
    )
    .option('--seed-names <file>', 'a name a line that the seed provides: wishes for them lead nowhere')
    .option(
      '--pipeline-dir <dir>',
      'where pipelines are looked for first; may be given again',
      (dir: string, before: readonly string[]) => [...before, dir],
      [],
    )
    .option('--arch <arch>', 'the architecture to build for (default: this machine’s)')
    .option(
      '--workers <number>',
      'for predicted times: pieces of work done at once (default: one a processor)',
    )
    .option('--no-times', 'ask no data directory for build times')
    .addOption(new Option('--format <format>', 'how it is printed').choices(FORMATS).default('text'))
    .option('--dot', 'short for --format dot: Graphviz draws it')
    .option('--all', 'whole lists, however long')
    .addHelpText('after', EXAMPLES)
    .action(async (paths: readonly string[], _, command: Command) => {
      const invocation = invocationOf<GraphOptions>(context, command)
      const { corpus, view } = await show(invocation, paths)
      print(invocation, view)
      if (corpus.broken.length > 0) throw brokenError(corpus)
    })
}

const EXAMPLES = `
A recipe needs another to be built when its build environment holds a package of it: named there, or needed at run time by what is in there.

Examples:
  millrace graph ~/wolfi-os
  millrace graph ~/wolfi-os --affected-by HEAD~1..HEAD
  millrace graph --why nginx glibc
  millrace graph --dependents zlib --direct --format names`

function readKinds(text: string): NeedKind[] {
  return text.split(',').map((word) => {
    const kind = NEED_KINDS.find((one) => one === word.trim())
    if (kind !== undefined) return kind
    throw usage(
      `reading --edges ${text}`,
      `expected ${NEED_KINDS.join(', ')}, found ${JSON.stringify(word)}`,
      `write --edges ${nearestName(word, NEED_KINDS) ?? 'environment'}`,
    )
  })
}

async function show(
  invocation: Invocation<GraphOptions>,
  given: readonly string[],
): Promise<{ readonly corpus: GraphCorpus; readonly view: View }> {
  const { options, settings } = invocation
  const { why: [from, to, ...more] = [], edges: kinds = ['environment'] } = options
  const what = onlyView(options)
  if (what === 'why' && to === undefined)
    throw usage('reading --why', 'it tells the way between two recipes', 'write --why A B')
  const corpus = await readGraphCorpus([...given, ...more], {
    arch: options.arch ?? settings.arch,
    distroDirectory: settings.distroDirectory,
    pipelineDirectories: options.pipelineDir,
    cacheDirectory: join(settings.dataDirectory, 'corpus'),
    seedNames: options.seedNames ?? null,
  })
  const rendering: Rendering = { limit: options.all ? Number.POSITIVE_INFINITY : FEW }
  const request = { corpus, kinds, rendering }
  const views: Readonly<Record<ViewName, () => View | Promise<View>>> = {
    summary: () => summaryView(request),
    order: () => orderView(request),
    levels: () => levelsView(request),
    cycles: () => cyclesView(request),
    breakCycles: () => cutView(request),
    why: () => whyView(request, recipeOf(corpus, from ?? ''), recipeOf(corpus, to ?? '')),
    dependents: () =>
      neighboursView(request, options.dependents ?? '', { back: true, direct: options.direct ?? false }),
    dependencies: () =>
      neighboursView(request, options.dependencies ?? '', { back: false, direct: options.direct ?? false }),
    affectedBy: () => affectedView(request, options.affectedBy ?? '', invocation),
  }
  return { corpus, view: await views[what]() }
}

/** As many lines of a list as are shown without --all. */
const FEW = 20

const VIEWS = [
  'order',
  'levels',
  'cycles',
  'breakCycles',
  'why',
  'dependents',
  'dependencies',
  'affectedBy',
] as const
type ViewName = 'summary' | (typeof VIEWS)[number]

function onlyView(options: GraphOptions): ViewName {
  const asked = VIEWS.filter((name) => options[name] !== undefined && options[name] !== false)
  const flags = asked.map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`)
  if (asked.length > 1)
    throw usage(
      'choosing what to show',
      `${flags.join(' and ')} exclude each other`,
      `leave all but ${flags[0]} away`,
    )
  return asked[0] ?? 'summary'
}

interface Request {
  readonly corpus: GraphCorpus
  readonly kinds: readonly NeedKind[]
  readonly rendering: Rendering
}

function summaryView({ corpus, kinds, rendering }: Request): View {
  const summary = summarizeGraph(corpus, kinds)
  const edges = corpus.needs.edges(kinds)
  return { json: summary, text: summaryText(summary, kinds, rendering), names: [...edges.keys()], edges }
}

function orderView({ corpus, kinds }: Request): View {
  const edges = corpus.needs.edges(kinds)
  const order = levelsOf(edges).flat()
  const inCycles = new Map(
    cyclesOf(corpus, kinds).flatMap(({ recipes }) => recipes.map((name) => [name, recipes.length])),
  )
  return {
    json: { order, inCycles: [...inCycles.keys()] },
    text: namesText(order, inCycles),
    names: order,
    edges,
  }
}

function levelsView({ corpus, kinds, rendering }: Request): View {
  const edges = corpus.needs.edges(kinds)
  const levels = levelsOf(edges)
  return { json: { levels }, text: levelsText(levels, rendering), names: levels.flat(), edges }
}

function cyclesView({ corpus, kinds, rendering }: Request): View {
  const cycles = cyclesOf(corpus, kinds)
  const names = cycles.flatMap(({ recipes }) => recipes)
  const edges = within(corpus.needs.edges(kinds), names)
  return { json: { cycles }, text: cyclesText(cycles, rendering), names, edges }
}

function cutView({ corpus, kinds, rendering }: Request): View {
  const cut = cutCycles(corpus, kinds)
  const edges = asLeaves(corpus.needs.edges(kinds), new Set(cut.recipes))
  return { json: cut, text: cutText(cut, rendering), names: cut.names, edges }
}

function whyView({ corpus, kinds }: Request, from: string, to: string): View {
  const names = shortestPath(corpus.needs.edges(kinds), from, to) ?? []
  const chain = placedChain(corpus, names, kinds)
  const edges = new Map(names.map((name, index) => [name, new Set(names.slice(index + 1, index + 2))]))
  return { json: { from, to, chain }, text: chainText({ from, to, kinds }, chain), names, edges }
}

function neighboursView(
  { corpus, kinds, rendering }: Request,
  named: string,
  { back, direct }: { readonly back: boolean; readonly direct: boolean },
): View {
  const name = recipeOf(corpus, named)
  const edges = corpus.needs.edges(kinds)
  const along = back ? reversed(edges) : edges
  const [near, all] = [reachedFrom(along, [name], 1), reachedFrom(along, [name])]
  const names = levelsOf(within(edges, direct ? near : all)).flat()
  const found = { recipe: name, direct: near.size, all: all.size }
  return {
    json: back ? { ...found, dependents: names } : { ...found, dependencies: names },
    text: neighboursText({ ...found, back, onlyDirect: direct, kinds }, names, rendering),
    names,
    edges: within(edges, [name, ...names]),
  }
}

async function affectedView(
  { corpus, rendering }: Request,
  given: string,
  { options, settings }: Invocation<GraphOptions>,
): Promise<View> {
  const home = settings.clientEnvironment['HOME'] ?? '/'
  const change = await readChange({ exec: runCommand, home }, corpus, given)
  const measured = options.times
    ? await measuredTimes(settings, `millrace graph --affected-by ${given}`)
    : { times: new Map<string, number>(), why: 'they were not asked for' }
  const affected = predictRebuild(corpus, change, {
    ...{ times: measured.times, workers: settings.workers },
    direct: options.direct ?? false,
  })
  return {
    json: affected,
    text: affectedText(affected, {
      ...rendering,
      recipes: corpus.recipes.size,
      whyNoTimes: measured.why,
      onlyDirect: options.direct ?? false,
    }),
    names: affected.rebuilt,
    edges: within(corpus.needs.edges(['environment']), affected.rebuilt),
  }
}

/** @throws MillraceError NOT_FOUND naming the nearest. */
function recipeOf({ recipes, packages, needs }: GraphCorpus, named: string): string {
  const found = recipes.has(named) ? named : (packages.get(named) ?? needs.makerOf(named)?.recipe)
  if (found !== undefined) return found
  const near = nearestName(named, [...recipes.keys(), ...packages.keys()])
  throw new MillraceError('NOT_FOUND', {
    what: `looking for ${named} in the graph`,
    why: 'no recipe has that name, and none makes such a package',
    fix: near === undefined ? 'give the name of a recipe or a package' : `did you mean ${near}?`,
  })
}

function print({ context, options }: Invocation<GraphOptions>, view: View): void {
  const format = options.json ? 'json' : options.dot ? 'dot' : options.format
  const text = {
    json: () => JSON.stringify(view.json),
    text: () => view.text,
    dot: () => dotText(view.edges),
    names: () => view.names.join('\n'),
  }[format]()
  if (text !== '') context.stdout.write(`${text}\n`)
}

/** What could be read was shown; what could not makes it incomplete. */
function brokenError({ broken, recipes }: GraphCorpus): MillraceError {
  const [first] = broken
  return new MillraceError('RECIPE_INVALID', {
    what: `reading ${recipes.size + broken.length} recipes for their graph`,
    why: `${broken.length} cannot be read and are not in it; the first: ${first?.error.what}: ${first?.error.why}`,
    fix: first?.error.fix ?? 'millrace expand tells what is wrong with each',
    at: first?.error.at,
  })
}

function usage(what: string, why: string, fix: string): MillraceError {
  return new MillraceError('USAGE', { what, why, fix })
}

/** The factory is read for this alone: the graph of recipes needs nothing of it. */
async function measuredTimes(settings: Settings, doing: string): Promise<BuildTimes> {
  const { readBuildTimes } = await import('../../factory/index.ts')
  return readBuildTimes(settings, doing)
}
