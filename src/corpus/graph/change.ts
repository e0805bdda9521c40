// SPDX-License-Identifier: Apache-2.0
import { realpathSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import {
  type Command,
  type Exec,
  HOST_ENV,
  isSystemError,
  lastWords,
  MillraceError,
  nearestName,
} from '../../base/index.ts'
import type { CorpusRecipe } from '../corpus-recipe.ts'
import type { GraphCorpus } from './graph-corpus.ts'

/** What is said to change, and the recipes that are built anew for it, whatever else there is. */
export interface Change {
  readonly kind: 'recipe' | 'package' | 'pipeline' | 'file' | 'commits'
  readonly given: string
  /** Recipes that read what changed; of a package, the one that makes it. In the order of the corpus. */
  readonly recipes: readonly string[]
  /** Of a package: whose environments hold it. A change of the recipe may be of any of its packages, so there it is null. */
  readonly holders: readonly string[] | null
  /** Changed files that no recipe reads, relative to the corpus. */
  readonly unread: readonly string[]
}

/**
 * Reads what changed: `recipe:NAME`, `package:NAME`, `pipeline:NAME` or one of these names alone, looked for in this order; a path in the corpus; or `A..B`, commits of the checkout the corpus is in.
 *
 * @throws MillraceError NOT_FOUND with the nearest name, USAGE, TOOL_MISSING, TOOL_FAILED where git knows no such commits.
 */
export async function readChange(f: GitUser, corpus: GraphCorpus, given: string): Promise<Change> {
  const [, prefix, named = ''] = /^(recipe|package|pipeline|file):(.+)$/s.exec(given) ?? []
  const found = prefix === undefined ? changeNamed(corpus, given) : changeOf(corpus, prefix as Named, named)
  if (found !== undefined) return { ...found, given }
  if (prefix === undefined && given.includes('..') && !given.includes('/../')) {
    const files = await changedFiles(f, corpus.directory, given)
    return { kind: 'commits', given, ...readersOf(corpus, files), holders: null }
  }
  const near = nearestName(named || given, [
    ...corpus.recipes.keys(),
    ...corpus.packages.keys(),
    ...corpus.pipelineNames,
  ])
  throw new MillraceError('NOT_FOUND', {
    what: `looking for what changed, ${given}`,
    why: 'it is no recipe, package or pipeline of the corpus, no file in it, and no range of commits',
    fix: near === undefined ? 'give a name, a path, or commits as in HEAD~1..HEAD' : `did you mean ${near}?`,
  })
}

/** Who asks git: in whose home it is said which checkouts of others are trusted. */
export interface GitUser {
  readonly exec: Exec
  readonly home: string
}

type Named = 'recipe' | 'package' | 'pipeline' | 'file'

function changeNamed(corpus: GraphCorpus, given: string): Omit<Change, 'given'> | undefined {
  for (const kind of ['recipe', 'package', 'pipeline', 'file'] as const) {
    const change = changeOf(corpus, kind, given)
    if (change !== undefined) return change
  }
  return undefined
}

function changeOf(corpus: GraphCorpus, kind: Named, name: string): Omit<Change, 'given'> | undefined {
  switch (kind) {
    case 'recipe':
      return corpus.recipes.has(name) ? { kind, recipes: [name], holders: null, unread: [] } : undefined
    case 'package': {
      const maker = corpus.packages.get(name)
      if (maker === undefined) return undefined
      return { kind, recipes: [maker], holders: corpus.needs.holdersOf(name), unread: [] }
    }
    case 'pipeline':
      if (!corpus.pipelineNames.includes(name)) return undefined
      return { kind, recipes: usersOf(corpus, name), holders: null, unread: [] }
    case 'file': {
      const path = pathInCorpus(corpus.directory, name)
      return path === undefined ? undefined : { kind, ...readersOf(corpus, [path]), holders: null }
    }
  }
}

function usersOf({ recipes }: GraphCorpus, pipeline: string): string[] {
  return [...recipes.values()]
    .filter(({ pipelines }) => pipelines.build.includes(pipeline))
    .map(({ name }) => name)
}

/** Relative to the corpus; undefined when there is no such file below it. */
function pathInCorpus(directory: string, given: string): string | undefined {
  for (const path of [resolve(given), resolve(directory, given)]) {
    try {
      const inside = relative(realpathSync(directory), realpathSync(path))
      if (inside !== '' && !inside.startsWith('..')) return inside
    } catch (error) {
      if (!isSystemError(error, 'ENOENT', 'ENOTDIR')) throw error
    }
  }
  return undefined
}

/** A recipe reads its own file, the directory of its name beside it, and the pipelines it uses. */
function readersOf(corpus: GraphCorpus, files: readonly string[]): Pick<Change, 'recipes' | 'unread'> {
  const readers = new Set<string>()
  const unread: string[] = []
  for (const file of files) {
    const found = [...corpus.recipes.values()].filter((recipe) => reads(corpus, recipe, file))
    for (const { name } of found) readers.add(name)
    if (found.length === 0) unread.push(file)
  }
  return { recipes: [...corpus.recipes.keys()].filter((name) => readers.has(name)), unread }
}

function reads(
  { directory, pipelineDirectories }: GraphCorpus,
  { file, pipelines }: CorpusRecipe,
  changed: string,
): boolean {
  const own = relative(directory, resolve(file))
  if (changed === own || changed.startsWith(`${own.replace(/\.yaml$/, '')}/`)) return true
  return pipelineDirectories.some((one) => {
    const name = relative(one, resolve(directory, changed))
    return !name.startsWith('..') && pipelines.build.includes(name.replace(/\.yaml$/, ''))
  })
}

/** The files that differ between two commits, relative to the directory and only below it: what was removed among them. */
async function changedFiles({ exec, home }: GitUser, directory: string, commits: string): Promise<string[]> {
  const exited = await exec(diffCommand(directory, commits, home))
  if (exited.code === 0) return exited.stdout.split('\0').filter((path) => path !== '')
  throw new MillraceError('TOOL_FAILED', {
    what: `asking git which files of ${directory} differ in ${commits}`,
    why: lastWords(exited),
    fix: 'give commits of the checkout that the corpus is in, as in HEAD~1..HEAD',
  })
}

/** Word for word; `--end-of-options` keeps a range that begins with a dash from being an option. */
export function diffCommand(directory: string, commits: string, home: string): Command {
  const args = [
    'diff',
    '--name-only',
    '--no-renames',
    '--relative',
    '-z',
    '--end-of-options',
    commits,
    '--',
    '.',
  ]
  return {
    program: 'git',
    args,
    env: { ...HOST_ENV, GIT_NO_LAZY_FETCH: '1', GIT_OPTIONAL_LOCKS: '0', HOME: home },
    cwd: directory,
  }
}
