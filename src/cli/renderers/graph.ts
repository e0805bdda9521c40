// SPDX-License-Identifier: Apache-2.0
import { formatCount, formatDuration, formatLocation, formatWhole } from '../../base/index.ts'
import type { Affected, ChainLink, Change, Cut, Cycle, GraphSummary } from '../../corpus/index.ts'
import type { Edges, NeedKind } from '../../recipe/index.ts'
import { table } from '../text.ts'

/** How much of long lists is shown. */
export interface Rendering {
  readonly limit: number
}

export function summaryText(summary: GraphSummary, kinds: readonly NeedKind[], rendering: Rendering): string {
  const { recipes, packages, edges, widths, cycles, selfNeeding, unanswered, broken, elsewhere } = summary
  const inCycles = cycles.reduce((sum, one) => sum + one.recipes.length, 0)
  const rows = [
    [
      'recipes',
      formatWhole(recipes),
      `${formatCount(packages, 'package')}${elsewhere > 0 ? `; ${formatWhole(elsewhere)} for other architectures left out` : ''}`,
    ],
    ['build needs', formatWhole(edges.build), 'a build environment names a package of the other recipe'],
    [
      'environment needs',
      formatWhole(edges.environment),
      'it holds one: these too, and what they need at run time',
    ],
    ['levels', formatWhole(widths.length), `the widest has ${formatCount(Math.max(0, ...widths), 'recipe')}`],
    [
      'in cycles',
      formatWhole(inCycles),
      cycles.length === 0
        ? 'there is an order for all'
        : `${formatCount(cycles.length, 'component')} of recipes that need each other`,
    ],
    [
      'need themselves',
      formatWhole(selfNeeding.length),
      'their environment holds an earlier build of their own',
    ],
    [
      'wanted, not made',
      formatWhole(unanswered.length),
      `names that no recipe makes${unanswered.length > 0 ? ', nor the seed that was given' : ''}`,
    ],
    ...(broken.length > 0
      ? [['unreadable', formatWhole(broken.length), 'recipes that are not in the graph']]
      : []),
  ]
  const parts = [
    table(rows),
    titled(`levels by ${kinds.join(', ')}, the lowest first`, widthLines(widths, rendering)),
    titled(
      'cycles',
      cycles.length === 0 ? [] : [cyclesText(cycles, { limit: Math.min(rendering.limit, 5) })],
    ),
    titled(
      'wanted, not made',
      bounded(
        unanswered.map(({ wanted, by }) => `${wanted}  by ${few(by, 3)}`),
        rendering,
        10,
      ),
    ),
    titled(
      'unreadable',
      bounded(
        broken.map(({ file, why }) => `${file}: ${why}`),
        rendering,
      ),
    ),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

/** One name a line; those in cycles are marked, since nothing says which of them is first. */
export function namesText(names: readonly string[], inCycles: ReadonlyMap<string, number>): string {
  return names
    .map((name) => (inCycles.has(name) ? `${name}  (in a cycle of ${inCycles.get(name)})` : name))
    .join('\n')
}

export function levelsText(levels: readonly (readonly string[])[], { limit }: Rendering): string {
  return levels
    .map((names, level) => {
      const shown = names.slice(0, limit === Number.POSITIVE_INFINITY ? undefined : PER_LEVEL)
      const more = names.length - shown.length
      return `level ${level}: ${formatCount(names.length, 'recipe')}\n  ${shown.join(' ')}${more > 0 ? ` … and ${formatWhole(more)} more` : ''}`
    })
    .join('\n')
}

/** Names of a level that are shown without --all. */
const PER_LEVEL = 12

export function cyclesText(cycles: readonly Cycle[], rendering: Rendering): string {
  if (cycles.length === 0) return 'there is no cycle'
  return bounded(
    cycles.map(({ recipes, shortest }) =>
      [
        `${recipes.length} recipes need each other: ${few(recipes, 8)}`,
        `  the shortest way around, ${formatCount(shortest.length, 'step')}:`,
        ...linkLines(shortest).map((line) => `    ${line}`),
      ].join('\n'),
    ),
    rendering,
    5,
  ).join('\n')
}

export function cutText({ recipes, names, widths }: Cut, rendering: Rendering): string {
  if (recipes.length === 0) return 'there is no cycle to break'
  return [
    `when a seed provides ${recipes.length === 1 ? 'this recipe' : `these ${recipes.length} recipes`}, no cycle is left:`,
    ...recipes.map((name) => `  ${name}`),
    `Then there are ${formatCount(widths.length, 'level')}, and the widest has ${formatCount(Math.max(0, ...widths), 'recipe')}. None of them can be left out of this set; a smaller set may exist.`,
    `Their packages are asked for by ${formatCount(names.length, 'name')}: ${few(names, rendering.limit)}.`,
    '--format names prints these names; with --seed-names the graph has no cycle.',
  ].join('\n')
}

export function chainText(
  { from, to, kinds }: { readonly from: string; readonly to: string; readonly kinds: readonly NeedKind[] },
  chain: readonly ChainLink[],
): string {
  if (from === to) return `${from} is asked about itself; --cycles tells whether a way leads back to it`
  if (chain.length === 0)
    return `${from} does not need ${to}, not even through others (needs that count: ${kinds.join(', ')}; --edges chooses others)`
  return [
    `${from} needs ${to}, in ${formatCount(chain.length, 'step')}:`,
    ...linkLines(chain).map((line) => `  ${line}`),
  ].join('\n')
}

/** A wish a line, in the order in which one leads to the next. */
function linkLines(chain: readonly ChainLink[]): string[] {
  return chain.flatMap(({ from, to, wishes }) => [
    `${from} → ${to}`,
    ...wishes.map(({ kind, package: of, recipe, wanted, provider, at }) => {
      const who =
        kind === 'build'
          ? `${recipe} is built with`
          : kind === 'test'
            ? `the test of ${of} has`
            : `${of} needs at run time`
      return `  ${who} ${wanted}${provider === wanted ? '' : `, which is ${provider}`}  ${formatLocation(at)}`
    }),
  ])
}

export function neighboursText(
  found: {
    readonly recipe: string
    readonly direct: number
    readonly all: number
    readonly back: boolean
    readonly onlyDirect: boolean
    readonly kinds: readonly NeedKind[]
  },
  names: readonly string[],
  rendering: Rendering,
): string {
  const { recipe, direct, all, back, onlyDirect, kinds } = found
  const sentence = back
    ? `${formatCount(direct, 'recipe')} ${direct === 1 ? 'needs' : 'need'} ${recipe} directly, ${formatWhole(all)} in all`
    : `${recipe} needs ${formatCount(direct, 'recipe')} directly, ${formatWhole(all)} in all`
  const by = `by ${kinds.join(', ')}`
  if (names.length === 0) return `${sentence} (${by})`
  return [
    `${sentence} (${by}); ${onlyDirect ? 'the direct ones' : 'all'}, in build order:`,
    ...bounded(names, rendering).map((name) => `  ${name}`),
  ].join('\n')
}

export function affectedText(
  { change, direct, rebuilt, widths, retested, time }: Affected,
  {
    recipes,
    onlyDirect,
    whyNoTimes,
    ...rendering
  }: Rendering & {
    readonly recipes: number
    readonly onlyDirect: boolean
    readonly whyNoTimes: string | null
  },
): string {
  const lines = [changeLine(change, rendering)]
  if (rebuilt.length > 0) {
    const certain = `${formatCount(direct, 'recipe')} ${direct === 1 ? 'is' : 'are'} built anew for certain`
    const most = `at most ${formatWhole(rebuilt.length)} of ${formatWhole(recipes)} in the end, on ${formatCount(widths.length, 'level')}; what comes out as it was stops the rest`
    lines.push(onlyDirect ? `${certain}; what rests on these is not followed` : `${certain}, ${most}`)
  } else lines.push('nothing is built anew')
  if (retested.length > 0)
    lines.push(
      `${formatCount(retested.length, 'further recipe')} ${retested.length === 1 ? 'is' : 'are'} only tested anew`,
    )
  if (time !== null) {
    const { known, unknown, medianMs, totalMs, workers, onWorkersMs, criticalPath } = time
    lines.push(
      `${formatDuration(totalMs)} of work: ${formatDuration(onWorkersMs)} on ${formatCount(workers, 'worker')}, never less than ${formatDuration(criticalPath.timeMs)}: ${few(criticalPath.names, 8, ' → ')}`,
    )
    if (unknown > 0)
      lines.push(
        `${formatWhole(unknown)} of these ${formatWhole(known + unknown)} build times are unknown, and taken for the median of the others, ${formatDuration(medianMs)}`,
      )
  } else if (rebuilt.length > 0)
    lines.push(`how long it takes is not known: ${whyNoTimes ?? 'none of these was ever built here'}`)
  if (rebuilt.length > 0)
    lines.push('in this order:', ...bounded(rebuilt, rendering).map((name) => `  ${name}`))
  return lines.join('\n')
}

function changeLine({ kind, given, recipes, holders, unread }: Change, { limit }: Rendering): string {
  const who =
    recipes.length === 0
      ? 'no recipe'
      : `${formatCount(recipes.length, 'recipe')}: ${few(recipes, Math.min(limit, 8))}`
  const others = unread.length === 0 ? '' : `; no recipe reads ${few(unread, Math.min(limit, 4))}`
  if (kind === 'recipe') return `the recipe ${given} changes`
  if (kind === 'package')
    return `the package ${given} of ${recipes[0]} changes; ${formatCount(holders?.length ?? 0, 'build environment')} ${holders?.length === 1 ? 'holds' : 'hold'} it`
  return `${kind === 'commits' ? `the commits ${given}` : `the ${kind} ${given}`} ${kind === 'commits' ? 'change' : 'changes'} ${who}${others}`
}

/** Graphviz DOT: `from` needs `to`, drawn to the left of it. */
export function dotText(edges: Edges): string {
  const quoted = (name: string) => `"${name.replace(/[\\"]/g, '\\$&')}"`
  const lines = [...edges].flatMap(([name, needed]) => [
    `  ${quoted(name)}`,
    ...[...needed].map((other) => `  ${quoted(name)} -> ${quoted(other)}`),
  ])
  return ['digraph recipes {', '  rankdir=RL', '  node [shape=box]', ...lines, '}'].join('\n')
}

/** A bar a level: its width against the widest. */
function widthLines(widths: readonly number[], rendering: Rendering): string[] {
  const widest = Math.max(1, ...widths)
  const rows = widths.map((width, level) => [
    String(level).padStart(3),
    formatWhole(width).padStart(6),
    '█'.repeat(Math.max(1, Math.round((width / widest) * BAR_COLUMNS))),
  ])
  return bounded(table(rows).split('\n'), rendering, 60)
}

const BAR_COLUMNS = 50

function titled(title: string, lines: readonly string[]): string {
  return lines.length === 0
    ? ''
    : [`${title}:`, ...lines.flatMap((one) => one.split('\n')).map((line) => `  ${line}`)].join('\n')
}

/** The first lines of a list, and how many more there are. */
function bounded(lines: readonly string[], { limit }: Rendering, most: number = limit): string[] {
  const shown = limit === Number.POSITIVE_INFINITY ? limit : most
  if (lines.length <= shown) return [...lines]
  return [...lines.slice(0, shown), `… and ${formatWhole(lines.length - shown)} more (--all)`]
}

function few(names: readonly string[], most: number, between = ', '): string {
  if (names.length <= most) return names.join(between)
  return `${names.slice(0, most).join(between)} … and ${formatWhole(names.length - most)} more`
}
