// SPDX-License-Identifier: Apache-2.0
import type { ExpandedStep } from './compile-step.ts'
import { WORKSPACE } from './variables.ts'

/** One shell script to run: a step's own text in its directory and environment, with what it inherits. */
export interface ScriptedStep {
  readonly label: string
  readonly script: string
  readonly environment: Readonly<Record<string, string>>
  readonly step: ExpandedStep
}

/** PATH of every step that does not set its own. */
export const STEP_PATH = '/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin'

/** Steps as scripts in the order they run. Steps without a text of their own only hand on their directory and environment. */
export function scriptsOf(steps: readonly ExpandedStep[]): ScriptedStep[] {
  return steps.flatMap((step) =>
    scripted(step, { directory: WORKSPACE, environment: { PATH: STEP_PATH }, label: '' }),
  )
}

function scripted(
  step: ExpandedStep,
  outer: { directory: string; environment: Readonly<Record<string, string>>; label: string },
): ScriptedStep[] {
  const directory =
    step.workingDirectory === null
      ? outer.directory
      : step.workingDirectory.startsWith('/')
        ? step.workingDirectory
        : `${WORKSPACE}/${step.workingDirectory}`
  const environment = { ...outer.environment, ...step.environment }
  const label = step.label || outer.label
  const own =
    step.script.trim() === ''
      ? []
      : [{ label, script: stepScript(step.script, directory), environment, step }]
  return [...own, ...step.steps.flatMap((child) => scripted(child, { directory, environment, label }))]
}

/** The text that `/bin/sh -c` is given (melange.md §7). */
export function stepScript(fragment: string, directory: string): string {
  const quoted = `'${directory.replaceAll("'", "'\\''")}'`
  return `set -e -o pipefail\n[ -d ${quoted} ] || mkdir -p ${quoted}\ncd ${quoted}\n${fragment}\nexit 0\n`
}
