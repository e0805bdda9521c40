// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { exists, MillraceError, writeFileAtomic } from '../../base/index.ts'
import { type KeptSnapshot, openWorkplace, runScripts, type WorkServices } from '../../build/index.ts'
import { type ExpandedStep, scriptsOf } from '../../recipe/index.ts'
import type { DistroRecipe } from '../distro.ts'
import { type Session, workplaceOptions, writtenBy } from './session.ts'
import { goneFrom, type SourceChanges, sourceChanges } from './source-changes.ts'
import { wirePatch } from './wire-patch.ts'

export interface SavedPatch extends Pick<SourceChanges, 'files' | 'leftOut'> {
  readonly patchFile: string
  readonly recipeFile: string
}

/**
 * Saves what was changed in the sources as a patch beside the recipe, and puts a step behind the recipe's last source that applies it. The recipe keeps its epoch.
 *
 * @param name of the patch, without `.patch`
 * @throws MillraceError USAGE when nothing was changed, the name is taken, or the change can be in no patch; RECIPE_INVALID when the recipe is another now
 */
export async function savePatch(
  f: WorkServices,
  session: Session,
  recipe: DistroRecipe,
  options: { readonly name: string; readonly include: readonly string[] },
  signal: AbortSignal,
): Promise<SavedPatch> {
  const { snapshot } = session
  const patchFile = join(recipe.filesDirectory, `${options.name}.patch`)
  await checkName(options.name, patchFile)
  refuseTest(snapshot)
  const { after, scripts } = lastSource(snapshot, recipe)
  const { workspace } = snapshot.workplace.variation
  await using sources = await openWorkplace(f, { ...workplaceOptions(snapshot, signal), name: 'sources' })
  await runSourceSteps(snapshot, sources.sandbox, scripts, signal)
  await sources.sandbox.close()
  const changes = await sourceChanges(
    { exec: f.exec, directory: snapshot.directory },
    {
      sources: join(sources.sandbox.written, workspace),
      failed: join(writtenBy(snapshot), workspace),
      changed: join(session.sandbox.written, workspace),
    },
    {
      include: options.include,
      beside: snapshot.workplace.files.map(({ path }) => path),
      gone: (paths) => goneFrom(session.sandbox, workspace, paths, signal),
    },
  )
  if (changes.patch === '') throw nothingChanged(snapshot, changes)
  const recipePath = resolve(recipe.file)
  const text = await readFile(recipePath, 'utf8')
  const wired = wirePatch(text, recipe.file, after?.at?.line ?? null, `${options.name}.patch`)
  await mkdir(recipe.filesDirectory, { recursive: true })
  await writeFileAtomic(patchFile, changes.patch)
  await writeFileAtomic(recipePath, wired, (await stat(recipePath)).mode & 0o777)
  return { patchFile, recipeFile: recipe.file, files: changes.files, leftOut: changes.leftOut }
}

async function checkName(name: string, patchFile: string): Promise<void> {
  const refuse = (why: string, fix: string) =>
    new MillraceError('USAGE', { what: `saving a patch as ${name}.patch`, why, fix })
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
    throw refuse('the name is not made of letters, digits and . _ - alone', 'choose another name')
  if (await exists(patchFile)) throw refuse(`${patchFile} is there already`, 'choose another name')
}

function refuseTest({ testOf }: KeptSnapshot): void {
  if (testOf === null) return
  throw new MillraceError('USAGE', {
    what: `saving a patch from the test of ${testOf}`,
    why: 'a test has no sources: it runs on packages that are built',
    fix: 'change the test in the recipe',
  })
}

const SOURCE_PIPELINES = new Set(['fetch', 'git-checkout', 'patch', 'git-am'])

const bringsSource = ({ uses, steps }: ExpandedStep): boolean =>
  SOURCE_PIPELINES.has(uses ?? '') || steps.some(bringsSource)

/** The last step of the recipe's pipeline that brings or patches a source, null when there is none; and how many of the build's scripts come up to it. */
function lastSource(
  snapshot: KeptSnapshot,
  { expanded, file }: DistroRecipe,
): { readonly after: ExpandedStep | null; readonly scripts: number } {
  const steps = expanded.packages[0]?.steps ?? []
  const index = steps.findLastIndex(bringsSource)
  const scripts = scriptsOf(steps.slice(0, index + 1))
  const isSame = scripts.every(({ script }, at) => snapshot.scripts[at]?.script === script)
  if (isSame) return { after: steps[index] ?? null, scripts: scripts.length }
  throw new MillraceError('RECIPE_INVALID', {
    what: `saving a patch for ${snapshot.recipe.name}-${snapshot.recipe.fullVersion}`,
    why: 'the recipe has other source steps than the build that failed had',
    fix: `build it again: millrace build ${snapshot.recipe.name}`,
    at: { file },
  })
}

async function runSourceSteps(
  { scripts, task, workplace, timeoutMs }: KeptSnapshot,
  sandbox: Session['sandbox'],
  count: number,
  signal: AbortSignal,
): Promise<void> {
  const quiet = { note: () => {}, heading: () => {}, line: (text: string) => text }
  const run = {
    ...{ scripts: scripts.slice(0, count), task, before: 0, steps: count, log: quiet, trails: [] },
    ...{ variation: workplace.variation, deadlineMs: performance.now() + timeoutMs },
  }
  const failure = await runScripts({ emit: () => {} }, sandbox, run, signal)
  if (failure === null) return
  throw new MillraceError('BUILD_FAILED', {
    what: `bringing the sources of ${task} again, to compare with`,
    why: `${failure.step} ${failure.why}${failure.errorLine === null ? '' : `: ${failure.errorLine}`}`,
    fix: 'a patch can be saved only when every source step passes: correct those first',
  })
}

function nothingChanged({ recipe }: KeptSnapshot, { leftOut }: SourceChanges): MillraceError {
  const others = leftOut.slice(0, 10).map(({ path, why }) => `${path}: ${why}`)
  return new MillraceError('USAGE', {
    what: `saving what was changed in the sources of ${recipe.name}`,
    why: ['no file of the sources is another one than when the step failed', ...others].join('\n'),
    fix:
      others.length === 0
        ? `change something first: millrace debug ${recipe.name}`
        : 'add new files with --include PATH',
  })
}
