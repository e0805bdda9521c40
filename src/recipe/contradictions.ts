// SPDX-License-Identifier: Apache-2.0
import { type Locate, type MillraceError, nearestName, pathName } from '../base/index.ts'
import { invalid } from './invalid.ts'
import type { RecipeFile, Step } from './schema.ts'

/** What the schema alone cannot tell (melange.md §2, "Validation"). As with melange, the steps of tests may be anything. */
export function findContradictions(content: RecipeFile, file: string, locate: Locate): MillraceError[] {
  const say: Say = (path, why, fix) => invalid(`reading ${pathName(path)} of ${file}`, why, fix, locate(path))
  return [
    ...stepProblems(content.pipeline, ['pipeline'], say),
    ...content.subpackages.flatMap(({ pipeline }, index) =>
      stepProblems(pipeline, ['subpackages', index, 'pipeline'], say),
    ),
    ...rangeProblems(content, say),
    ...dataProblems(content, say),
    ...nameProblems(content, say),
    ...cpeProblems(content, say),
    ...setcapProblems(content.package.setcap, ['package', 'setcap'], say),
    ...content.subpackages.flatMap(({ setcap }, index) =>
      setcapProblems(setcap, ['subpackages', index, 'setcap'], say),
    ),
  ]
}

type Say = (path: readonly PropertyKey[], why: string, fix: string) => MillraceError

function stepProblems(steps: readonly Step[], base: readonly PropertyKey[], say: Say): MillraceError[] {
  return steps.flatMap((step, index) => {
    const path = [...base, index]
    const problems: MillraceError[] = []
    if (step.uses !== '' && step.runs !== '')
      problems.push(
        say(path, 'the step has both uses and runs', 'keep one; runs can follow as a step of its own'),
      )
    if (step.uses === '' && Object.keys(step.with).length > 0)
      problems.push(
        say([...path, 'with'], 'the step has with, but no uses', 'name the pipeline in uses, or remove with'),
      )
    return [...problems, ...stepProblems(step.pipeline, [...path, 'pipeline'], say)]
  })
}

function rangeProblems({ subpackages, data }: RecipeFile, say: Say): MillraceError[] {
  const known = data.map(({ name }) => name)
  return subpackages.flatMap(({ range }, index) => {
    if (range === '' || known.includes(range)) return []
    const near = nearestName(range, known)
    const fix = near === undefined ? `add it to data; there ${are(known)}` : `did you mean ${near}?`
    return [say(['subpackages', index, 'range'], `there is no data named ${range}`, fix)]
  })
}

function are(names: readonly string[]): string {
  return names.length === 0 ? 'is none yet' : `${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}`
}

function dataProblems({ data }: RecipeFile, say: Say): MillraceError[] {
  return data.flatMap(({ name }, index) =>
    data.findIndex((other) => other.name === name) === index
      ? []
      : [say(['data', index, 'name'], `another data is named ${name}`, 'give each a name of its own')],
  )
}

function nameProblems({ package: main, subpackages }: RecipeFile, say: Say): MillraceError[] {
  const taken = new Set([main.name])
  return subpackages.flatMap(({ name, range }, index) => {
    if (range !== '' || name.includes('${{')) return []
    const isTaken = taken.has(name)
    taken.add(name)
    return isTaken
      ? [
          say(
            ['subpackages', index, 'name'],
            `another package of the recipe is named ${name}`,
            'give each a name of its own',
          ),
        ]
      : []
  })
}

function cpeProblems({ package: { cpe } }: RecipeFile, say: Say): MillraceError[] {
  if ((cpe.vendor === '') === (cpe.product === '')) return []
  const missing = cpe.vendor === '' ? 'vendor' : 'product'
  return [
    say(
      ['package', 'cpe'],
      `${missing} is missing: vendor and product go together`,
      `add ${missing}, or remove the other`,
    ),
  ]
}

const CAPABILITIES = ['cap_ipc_lock', 'cap_net_admin', 'cap_net_bind_service', 'cap_net_raw', 'cap_sys_admin']

function setcapProblems(
  setcap: RecipeFile['package']['setcap'],
  base: readonly PropertyKey[],
  say: Say,
): MillraceError[] {
  return setcap.flatMap(({ path: target, add, reason }, index) => {
    const path = [...base, index]
    const names = Object.keys(add).flatMap((list) => list.split(','))
    const unknown = names.filter((name) => !CAPABILITIES.includes(name))
    return [
      ...unknown.map((name) =>
        say(
          [...path, 'add'],
          `${name} is no capability a package may give to ${target || 'a file'}`,
          `allowed are ${CAPABILITIES.join(', ')}`,
        ),
      ),
      ...(reason === ''
        ? [say(path, 'a capability needs a reason', 'add reason: and say what the program needs it for')]
        : []),
    ]
  })
}
