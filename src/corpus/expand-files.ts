// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Digest, digestOf, isMillraceError, isSystemError, MillraceError } from '../base/index.ts'
import { expandRecipe, type ParsedPipeline, parseRecipe } from '../recipe/index.ts'
import { type CorpusRecipe, summarize } from './corpus-recipe.ts'
import { openPipelines, type Pipelines, pipelineSearchPath } from './pipelines.ts'

/** What every recipe of a corpus is expanded with. */
export interface ExpansionSettings {
  /** In apk's words: x86_64, aarch64. */
  readonly arch: string
  /** Looked through before the `pipelines/` beside a recipe and those of the distro. */
  readonly pipelineDirectories?: readonly string[]
  readonly distroDirectory: string
  readonly buildOptions?: readonly string[]
  /** Stand over the recipes' own vars. */
  readonly vars?: Readonly<Record<string, string>>
}

/** A pipeline that recipes of a directory use, as it was read for them. */
export interface UsedPipeline {
  /** The directory of the recipes: what lies beside it may stand over other pipelines of the name. */
  readonly directory: string
  readonly name: string
  readonly file: string
  readonly digest: Digest
}

/** A recipe that was expanded, and the names of all pipelines its steps went through. */
export interface ExpandedFile {
  readonly file: string
  readonly recipe: CorpusRecipe
  readonly uses: readonly string[]
}

export interface FailedFile {
  readonly file: string
  readonly error: MillraceError
}

/** Expands files one by one; pipelines are read once. */
export class FileExpander {
  readonly #settings: ExpansionSettings
  readonly #directories = new Map<string, RecordedPipelines>()

  constructor(settings: ExpansionSettings) {
    this.#settings = settings
  }

  expand(file: string): ExpandedFile | FailedFile {
    const { arch, buildOptions = [], vars = {} } = this.#settings
    const pipelines = this.pipelinesOf(dirname(file))
    pipelines.uses.clear()
    try {
      const text = readRecipeText(file)
      const expanded = expandRecipe(parseRecipe(text, file), { arch, buildOptions, vars, ...pipelines })
      return { file, recipe: summarize(expanded, digestOf(text)), uses: [...pipelines.uses] }
    } catch (error) {
      if (isMillraceError(error)) return { file, error }
      throw error
    }
  }

  /** Every pipeline that was read so far. */
  used(): UsedPipeline[] {
    return [...this.#directories].flatMap(([directory, { read }]) =>
      [...read].map(([name, found]) => ({ directory, name, ...found })),
    )
  }

  /** The pipelines of the recipes in a directory. */
  pipelinesOf(directory: string): RecordedPipelines {
    const known = this.#directories.get(directory)
    if (known !== undefined) return known
    const { pipelineDirectories = [], distroDirectory } = this.#settings
    const opened = openPipelines(...pipelineSearchPath(directory, pipelineDirectories, distroDirectory))
    const recorded = record(opened)
    this.#directories.set(directory, recorded)
    return recorded
  }
}

interface RecordedPipelines extends Pipelines {
  /** Names that were asked for since this was emptied. */
  readonly uses: Set<string>
  /** What was read of each, by name. */
  readonly read: ReadonlyMap<string, { readonly file: string; readonly digest: Digest }>
}

function record({ find, pipelineNames }: Pipelines): RecordedPipelines {
  const uses = new Set<string>()
  const read = new Map<string, { readonly file: string; readonly digest: Digest }>()
  return {
    pipelineNames,
    uses,
    read,
    parsed: new AskedPipelines(uses),
    find: (name) => {
      const found = find(name)
      if (found !== undefined) read.set(name, { file: found.file, digest: digestOf(found.text) })
      return found
    },
  }
}

/** Pipelines that were read, which remember who was asked for. */
class AskedPipelines extends Map<string, ParsedPipeline> {
  readonly #asked: Set<string>

  constructor(asked: Set<string>) {
    super()
    this.#asked = asked
  }

  override get(name: string): ParsedPipeline | undefined {
    this.#asked.add(name)
    return super.get(name)
  }
}

/** @throws MillraceError NOT_FOUND */
export function readRecipeText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    if (!isSystemError(cause)) throw cause
    throw new MillraceError('NOT_FOUND', {
      what: `reading the recipe ${file}`,
      why: cause.code === 'EISDIR' ? 'it is a directory' : cause.message,
      fix: 'give the path of a recipe that you may read',
      at: { file },
      cause,
    })
  }
}
