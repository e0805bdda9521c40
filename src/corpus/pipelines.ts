// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isSystemError } from '../base/index.ts'
import type { FindPipeline, ParsedPipeline } from '../recipe/index.ts'

/** Pipelines as the expansion of recipes wants them. */
export interface Pipelines {
  readonly find: FindPipeline
  readonly pipelineNames: readonly string[]
  readonly parsed: Map<string, ParsedPipeline>
}

/** Where the pipelines of a directory's recipes are looked for; the first that has one wins: directories that were named, `pipelines/` beside the recipes, the distro's (melange.md §6). */
export function pipelineSearchPath(
  recipesDirectory: string,
  named: readonly string[],
  distroDirectory: string,
): string[] {
  return [...new Set([...named, join(recipesDirectory, 'pipelines'), join(distroDirectory, 'pipelines')])]
}

/** The pipelines of directories, which need not exist: `split/dev` is `split/dev.yaml` in the first that has it. */
export function openPipelines(...directories: readonly string[]): Pipelines {
  const places = new Map<string, string>()
  for (const directory of directories.toReversed())
    for (const name of namesIn(directory)) places.set(name, directory)
  return {
    find: (name) => {
      const directory = places.get(name)
      if (directory === undefined) return undefined
      const file = join(directory, `${name}.yaml`)
      return { text: readFileSync(file, 'utf8'), file }
    },
    pipelineNames: [...places.keys()].sort(),
    parsed: new Map(),
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.yaml'))
      .map((path) => path.slice(0, -'.yaml'.length))
  } catch (error) {
    if (!isSystemError(error, 'ENOENT', 'ENOTDIR')) throw error
    return []
  }
}
