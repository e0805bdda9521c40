// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { canonicalJson, type Digest, digestHex, digestOf, isSystemError, present } from '../base/index.ts'
import type { CorpusRecipe } from './corpus-recipe.ts'
import {
  type ExpandedFile,
  type ExpansionSettings,
  type FailedFile,
  FileExpander,
  type UsedPipeline,
} from './expand-files.ts'
import { type CorpusIndex, decodeIndex, encodeIndex, type KnownRecipe } from './index-file.ts'
import { isSameStamp, type Stamp, stampOf } from './stamp.ts'

/**
 * What was expanded before, in one file for a corpus and the settings it is expanded with. A recipe is taken from it when its text is the same and every pipeline its steps go through still is what it was;
 * one that could not be expanded never is. A file that is damaged or of another version of the code is as good as none.
 */
export class CorpusCache {
  readonly #path: string
  readonly #settings: ExpansionSettings
  readonly #stamps: ReadonlyMap<string, Stamp | undefined>
  #kept: KnownRecipe[] = []
  #newStamps = 0

  constructor(
    directory: string,
    paths: readonly string[],
    files: readonly string[],
    settings: ExpansionSettings,
  ) {
    this.#path = join(directory, `${keyOf(paths, settings)}.index`)
    this.#settings = settings
    const nowMs = Date.now()
    // Before any text is read: a later change shows.
    this.#stamps = new Map(files.map((file) => [file, stampOf(file, nowMs)]))
  }

  /** What is still true of the files, by file. */
  read(): ReadonlyMap<string, CorpusRecipe> {
    const index = readIndex(this.#path)
    if (index === undefined) return new Map()
    const expander = new FileExpander(this.#settings)
    const holding = new Set(index.pipelines.filter((pipeline) => isUnchanged(pipeline, expander)))
    this.#kept = index.recipes.filter(
      (known) => known.uses.every((pipeline) => holding.has(pipeline)) && this.#isSame(known),
    )
    return new Map(this.#kept.map(({ recipe }) => [recipe.file, recipe]))
  }

  /** Adds what was expanded anew, once it is more than a few. Never throws for a directory that cannot be written: the next run expands again. */
  write(done: ReadonlyMap<string, ExpandedFile | FailedFile>, used: readonly UsedPipeline[]): void {
    const expanded = [...done.values()].flatMap((one) => ('recipe' in one ? [one] : []))
    const all = this.#kept.length + expanded.length
    if (expanded.length + this.#newStamps <= all * WORTH_WRITING) return
    const pipelines = new Map<string, UsedPipeline>()
    for (const pipeline of [...this.#kept.flatMap(({ uses }) => uses), ...used]) {
      const place = placeOf(pipeline)
      const other = pipelines.get(place) ?? pipeline
      // It changed while it was read: which of the two a recipe has is not known.
      if (other.digest !== pipeline.digest) return
      pipelines.set(place, other)
    }
    const usedBy = (directory: string, name: string) =>
      present(pipelines.get(placeOf({ directory, name })), 'a recipe that expands has read what it uses')
    const recipes = [
      ...this.#kept.map((known) => ({
        ...known,
        uses: known.uses.map(({ directory, name }) => usedBy(directory, name)),
      })),
      ...expanded.map(({ file, recipe, uses }) => ({
        recipe,
        stamp: undefined,
        uses: uses.map((name) => usedBy(dirname(file), name)),
      })),
    ].map((known) => ({ ...known, stamp: this.#stamps.get(known.recipe.file) }))
    replaceFile(this.#path, encodeIndex({ pipelines: [...pipelines.values()], recipes }))
  }

  #isSame({ recipe: { file, digest }, stamp }: KnownRecipe): boolean {
    const now = this.#stamps.get(file)
    if (isSameStamp(stamp, now)) return true
    const isSame = this.#stamps.has(file) && textDigest(file) === digest
    if (isSame && now !== undefined) this.#newStamps++
    return isSame
  }
}

/** The share of recipes that must be new: expanding a few again takes less time than writing all anew. */
const WORTH_WRITING = 0.02

function readIndex(path: string): CorpusIndex | undefined {
  try {
    return decodeIndex(readFileSync(path))
  } catch (error) {
    if (isSystemError(error)) return undefined
    throw error
  }
}

function placeOf({ directory, name }: Pick<UsedPipeline, 'directory' | 'name'>): string {
  return `${directory}\0${name}`
}

/** Whether a pipeline's name still leads to the same file with the same text. */
function isUnchanged({ directory, name, file, digest }: UsedPipeline, expander: FileExpander): boolean {
  const found = expander.pipelinesOf(directory).find(name)
  return found?.file === file && digestOf(found.text) === digest
}

function textDigest(file: string): Digest | undefined {
  try {
    return digestOf(readFileSync(file, 'utf8'))
  } catch (error) {
    if (isSystemError(error)) return undefined
    throw error
  }
}

/** An index of one corpus takes two megabytes; who works on several keeps those that were used last. */
const MAX_FILES = 8

function replaceFile(path: string, bytes: Uint8Array): void {
  const directory = dirname(path)
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    // No sync: a torn file does not have its digest, and is as good as none.
    writeFileSync(temporary, bytes)
    renameSync(temporary, path)
    for (const old of filesByAge(directory).slice(MAX_FILES)) rmSync(old, { force: true })
  } catch (error) {
    // What is half written goes when it is the oldest.
    if (!isSystemError(error)) throw error
  }
}

/** The files of a directory of indexes, the youngest first: those that a killed process left count as well. */
function filesByAge(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => /^[0-9a-f]{64}\.index(\.|$)/.test(name))
    .map((name) => join(directory, name))
    .map((path) => ({ path, mtimeMs: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.mtimeMs - a.mtimeMs)
    .map(({ path }) => path)
}

/** What an index is of: the paths, all that expansion depends on beside texts, and the code that expands. */
function keyOf(paths: readonly string[], settings: ExpansionSettings): string {
  const { arch, pipelineDirectories = [], distroDirectory, buildOptions = [], vars = {} } = settings
  const places = {
    paths: [...paths],
    pipelineDirectories: [...pipelineDirectories],
    distroDirectory,
    from: resolve(),
  }
  return digestHex(
    digestOf(canonicalJson({ ...places, arch, buildOptions: [...buildOptions], vars, code: codeDigest() })),
  )
}

const CODE = ['../recipe', '../base/yaml', '.']

/** Of the files that decide what a recipe expands to. A new version of them begins anew. */
function codeDigest(): string {
  const hash = createHash('sha256')
  for (const folder of CODE.map((path) => join(import.meta.dirname, path)))
    for (const name of readdirSync(folder).sort())
      if (name.endsWith('.ts') && !name.endsWith('.test.ts')) hash.update(readFileSync(join(folder, name)))
  return hash.digest('hex')
}
