// SPDX-License-Identifier: Apache-2.0
import { gnuTriplet, type Libc, ociArch, rustTriplet } from './arch.ts'
import { readGoPattern } from './go-pattern.ts'
import { replaceGo } from './go-replace.ts'
import { invalid } from './invalid.ts'
import type { Recipe } from './parse.ts'
import type { RecipeFile } from './schema.ts'
import { type Reading, substituteAll, substituteKnown } from './substitute.ts'

/** Where steps work, as recipes know it. */
export const WORKSPACE = '/home/build'
export const OUTPUT = `${WORKSPACE}/melange-out`

/**
 * Names known while a recipe is read: the package's own fields, `vars`, and what var-transforms make of them, in their order (melange.md §3).
 *
 * @param vars the recipe's own, with what stands over them.
 * @throws MillraceError RECIPE_INVALID
 */
export function parseTimeVariables(
  recipe: Recipe,
  vars: Readonly<Record<string, string>>,
): Map<string, string> {
  const variables = resolveVars(recipe, vars)
  const { package: main } = recipe.content
  const version = substituteKnown(main.version, variables)
  variables.set('package.name', substituteKnown(main.name, variables))
  variables.set('package.version', version)
  variables.set('package.description', substituteKnown(main.description, variables))
  variables.set('package.epoch', String(main.epoch))
  variables.set('package.full-version', `${version}-r${main.epoch}`)
  recipe.content['var-transforms'].forEach((transform, index) => {
    variables.set(`vars.${transform.to}`, transformed(transform, variables, recipe, index))
  })
  return variables
}

/** `vars` may name each other in any order, and nothing else. */
function resolveVars(recipe: Recipe, vars: Readonly<Record<string, string>>): Map<string, string> {
  const resolved = new Map<string, string>()
  const resolve = (name: string, chain: readonly string[]): string | undefined => {
    const text = Object.hasOwn(vars, name) ? vars[name] : undefined
    if (text === undefined || resolved.has(`vars.${name}`)) return resolved.get(`vars.${name}`)
    if (chain.includes(name))
      throw invalid(
        `reading vars of ${recipe.file}`,
        `they stand for each other in a circle: ${[...chain, name].join(' → ')}`,
        'write one of them out',
        recipe.locate(['vars', name]),
      )
    const others = {
      get: (other: string) =>
        other.startsWith('vars.') ? resolve(other.slice('vars.'.length), [...chain, name]) : undefined,
      keys: () => Object.keys(vars).map((other) => `vars.${other}`),
    }
    const value = substituteAll(text, others, () => ({
      what: `reading vars.${name} of ${recipe.file}`,
      hint: 'vars may name other vars only; make a var of the package with var-transforms',
      locate: (needle) => recipe.locate(['vars', name], needle),
    }))
    resolved.set(`vars.${name}`, value)
    return value
  }
  for (const name of Object.keys(vars)) resolve(name, [])
  return resolved
}

function transformed(
  { from, match, replace }: RecipeFile['var-transforms'][number],
  variables: Map<string, string>,
  recipe: Recipe,
  index: number,
): string {
  const reading: Reading = {
    what: `reading var-transforms[${index}] of ${recipe.file}`,
    locate: (needle) => recipe.locate(['var-transforms', index, 'from'], needle),
  }
  const text = substituteAll(from, variables, () => reading)
  try {
    return replaceGo(text, readGoPattern(match), replace)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw invalid(
      reading.what,
      cause.message,
      'write a pattern that repeats nothing that repeats',
      recipe.locate(['var-transforms', index, 'match']),
    )
  }
}

/** What a build is for, beside the recipe. */
export interface BuildTarget {
  /** In apk's words: x86_64, aarch64. */
  readonly arch: string
  readonly libc: Libc
  /** Options of the recipe that are switched on. */
  readonly buildOptions: readonly string[]
}

/** Names known while steps are expanded, for the whole recipe; a package adds its own by {@link packageVariables}. */
export function compileTimeVariables(
  content: RecipeFile,
  { arch, libc, buildOptions }: BuildTarget,
  parseTime: ReadonlyMap<string, string>,
  packageNames: readonly string[],
): Map<string, string> {
  const { name, version, epoch } = content.package
  const variables = new Map([...parseTime].filter(([known]) => known !== 'package.description'))
  const fixed: Record<string, string> = {
    'package.name': name,
    'package.version': version,
    'package.full-version': `${version}-r${epoch}`,
    'package.srcdir': WORKSPACE,
    'targets.outdir': OUTPUT,
    'targets.destdir': `${OUTPUT}/${name}`,
    'host.triplet.gnu': gnuTriplet(arch, libc),
    'host.triplet.rust': rustTriplet(arch, libc),
    'cross.triplet.gnu.glibc': gnuTriplet(arch, 'gnu'),
    'cross.triplet.gnu.musl': gnuTriplet(arch, 'musl'),
    'cross.triplet.rust.glibc': rustTriplet(arch, 'gnu'),
    'cross.triplet.rust.musl': rustTriplet(arch, 'musl'),
    'build.arch': arch,
    'build.goarch': ociArch(arch),
  }
  for (const [known, value] of Object.entries(fixed)) variables.set(known, value)
  for (const other of packageNames) variables.set(`targets.package.${other}`, `${OUTPUT}/${other}`)
  for (const option of Object.keys(content.options))
    variables.set(`options.${option}.enabled`, String(buildOptions.includes(option)))
  return variables
}

/** Names that differ from package to package of one recipe. */
export function packageVariables(name: string, isMain: boolean): Map<string, string> {
  const own = new Map([
    ['targets.contextdir', `${OUTPUT}/${name}`],
    ['context.name', name],
  ])
  if (!isMain) own.set('targets.subpkgdir', `${OUTPUT}/${name}`).set('subpkg.name', name)
  return own
}
