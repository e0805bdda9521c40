// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path'
import type { ExpandedStep } from './compile-step.ts'
import { WORKSPACE } from './variables.ts'

/** One shell script to run: a step's own text in its directory and environment, with what it inherits. */
export interface ScriptedStep {
  readonly label: string
  readonly script: string
  readonly environment: Readonly<Record<string, string>>
  readonly step: ExpandedStep
  /** The steps it stands in, from the recipe's own down to itself. */
  readonly trail: readonly ExpandedStep[]
}

/** PATH of every step that does not set its own. */
export const STEP_PATH = '/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin'

/** Steps as scripts, in the order they run. A step without a text runs only where it asks for a directory, which is then made. */
export function scriptsOf(steps: readonly ExpandedStep[]): ScriptedStep[] {
  return steps.flatMap((step) =>
    scripted(step, { directory: WORKSPACE, environment: { PATH: STEP_PATH }, label: '', trail: [] }),
  )
}

/** What a step hands on to its children. */
interface Inherited {
  readonly directory: string
  readonly environment: Readonly<Record<string, string>>
  readonly label: string
  readonly trail: readonly ExpandedStep[]
}

function scripted(step: ExpandedStep, outer: Inherited): ScriptedStep[] {
  const inside: Inherited = {
    directory: directoryOf(step, outer.directory),
    environment: { ...outer.environment, ...step.environment },
    label: step.label || outer.label,
    trail: [...outer.trail, step],
  }
  const { directory, environment, label, trail } = inside
  const own =
    step.script.trim() === '' && step.workingDirectory === null
      ? []
      : [{ label, script: stepScript(step.script, directory), environment, step, trail }]
  return [...own, ...step.steps.flatMap((child) => scripted(child, inside))]
}

/** Seen from the workspace, not from the parent's directory. */
function directoryOf({ workingDirectory }: ExpandedStep, outer: string): string {
  return workingDirectory === null ? outer : posix.resolve(WORKSPACE, workingDirectory)
}

/** The text that `/bin/sh -c` is given (melange.md §7). */
export function stepScript(fragment: string, directory: string): string {
  const quoted = quote(directory)
  return `set -eo pipefail\n[ -d ${quoted} ] || mkdir -p ${quoted}\ncd ${quoted}\n${fragment}\nexit 0\n`
}

/** The part of a step's text that goes to its directory, and no more. */
export function goToDirectory(script: string): string {
  const lines = script.split('\n').slice(0, 3)
  return lines.filter((line) => line.startsWith('[ -d ') || line.startsWith('cd ')).join('\n')
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
