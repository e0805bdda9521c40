// SPDX-License-Identifier: Apache-2.0
import type { BuildPlan, PlannedPackage, PlannedScript } from './plan.ts'

/** The package with the options that compilers of a build environment get by default, by its name in Wolfi and here. */
export const COMPILER_OPTIONS = 'openssf-compiler-options'

/** Where a recipe takes other options than the default ones, and by what. */
export interface CompilerOptOut {
  /** `environment` for all steps, else the step by its label. */
  readonly at: string
  /** As it stands there: `GCC_SPEC_FILE=no-hardening.spec`, `!openssf-compiler-options`. */
  readonly by: string
}

/** How a build was told to compile. */
export interface CompilerOptions {
  /** The package of the environment that has the default options; undefined when none is there. */
  readonly from: PlannedPackage | undefined
  /** In the order of the plan. */
  readonly optOuts: readonly CompilerOptOut[]
}

/**
 * Reads from a plan which default options its compilers get, and where the recipe goes without them: by the package, by the variable, or by the file that stands for it.
 *
 * @param wanted what the recipe asks for in its build environment.
 */
export function compilerOptionsOf(
  plan: Pick<BuildPlan, 'environment' | 'variables' | 'packages'>,
  wanted: readonly string[],
): CompilerOptions {
  const refused = wanted.filter((name) => name === `!${COMPILER_OPTIONS}`)
  const scripts = plan.packages.flatMap((one) => one.scripts)
  return {
    from: plan.environment.find(({ name }) => name === COMPILER_OPTIONS),
    optOuts: [
      ...refused.map((by) => ({ at: 'environment', by })),
      ...specFileAmong(plan.variables).map((by) => ({ at: 'environment', by })),
      ...scripts.flatMap((script) => optOutsOf(script).map((by) => ({ at: script.label, by }))),
    ],
  }
}

const SPEC_FILE = 'GCC_SPEC_FILE'
const IN_SCRIPT = /\bGCC_SPEC_FILE=[^\s;]*|\/etc\/gcc_spec_file\b/g

function optOutsOf({ environment, script }: PlannedScript): string[] {
  const said = [...script.matchAll(IN_SCRIPT)].map(([text]) => text)
  return [...new Set([...specFileAmong(environment), ...said])]
}

/** An empty value is none. */
function specFileAmong(variables: Readonly<Record<string, string>>): string[] {
  const file = variables[SPEC_FILE]
  return file === undefined || file === '' ? [] : [`${SPEC_FILE}=${file}`]
}
