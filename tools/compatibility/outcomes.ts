// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'

const Common = { snapshot: z.string(), recipe: z.string(), version: z.string() }

/** What became of one recipe, a line of docs/compatibility.jsonl. */
export const Outcome = z.discriminatedUnion('status', [
  z.strictObject({
    ...Common,
    status: z.literal('passed'),
    packages: z.int(),
    /** Packages with tests. */
    tested: z.int(),
    buildMs: z.int(),
    /** The builds of the starter distro that it rests on, one after another. */
    needsMs: z.int(),
  }),
  z.strictObject({
    ...Common,
    status: z.literal('failed'),
    at: z.enum(['prepare', 'build', 'test', 'reproduce']),
    why: z.string(),
  }),
])
export type Outcome = z.infer<typeof Outcome>

export function readOutcomes(file: string): Outcome[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
  return lines.map((line) => Outcome.parse(JSON.parse(line)))
}

export function sortOutcomes(outcomes: Outcome[]): void {
  const keyOf = ({ snapshot, recipe }: Outcome) => `${snapshot}/${recipe}`
  outcomes.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

const AT = {
  prepare: 'not begun',
  build: 'build fails',
  test: 'its tests fail',
  reproduce: 'not the same twice',
} as const

/** docs/compatibility.md: counts, what passed, and each that did not with its reason. */
export function pageOf(outcomes: readonly Outcome[]): string {
  const snapshots = [...new Set(outcomes.map(({ snapshot }) => snapshot))]
  return [
    '# Recipes of Wolfi, as they are',
    '',
    'Recipes that nobody here wrote, built unmodified on the starter distro and the seed: built, tested by their own tests in fresh environments, and built a second time to the same',
    'bytes under another path, user, host name, time zone, locale and number of processors. Of each snapshot of Wolfi those recipes are tried whose every source can be had byte for byte from',
    'the mirrors of [distro/mirrors.yaml](../distro/mirrors.yaml). This page is made by `npm run compatibility` from [compatibility.jsonl](compatibility.jsonl), which the same command writes.',
    '',
    '| snapshot | tried | passed | not begun | build fails | its tests fail | not the same twice |',
    '|---|--:|--:|--:|--:|--:|--:|',
    ...snapshots.map((snapshot) => {
      const own = outcomes.filter((one) => one.snapshot === snapshot)
      const failed = Object.keys(AT).map(
        (at) => own.filter((one) => one.status === 'failed' && one.at === at).length,
      )
      const passed = own.filter(({ status }) => status === 'passed').length
      return `| ${[snapshot, own.length, passed, ...failed].join(' | ')} |`
    }),
    ...snapshots.flatMap((snapshot) => sectionOf(snapshot, outcomes)),
    '',
  ].join('\n')
}

function sectionOf(snapshot: string, outcomes: readonly Outcome[]): string[] {
  const own = outcomes.filter((one) => one.snapshot === snapshot)
  const passed = own.filter((one) => one.status === 'passed')
  const failed = own.filter((one) => one.status === 'failed')
  return [
    '',
    `## ${snapshot}`,
    '',
    `Passed: ${passed.map(({ recipe, version }) => `${recipe} ${version}`).join(' · ')}`,
    ...(failed.length === 0
      ? []
      : [
          '',
          '| not passed | at | why |',
          '|---|---|---|',
          ...failed.map(
            ({ recipe, version, at, why }) => `| ${recipe} ${version} | ${AT[at]} | ${cell(why)} |`,
          ),
        ]),
  ]
}

function cell(text: string): string {
  const line = text.replaceAll('|', '\\|').replaceAll('\n', ' ')
  return line.length > 300 ? `${line.slice(0, 299)}…` : line
}
