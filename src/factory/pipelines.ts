// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isSystemError } from '../base/index.ts'
import type { FindPipeline, ParsedPipeline } from '../recipe/index.ts'

/** The pipelines of a distro, as the expansion of recipes wants them. */
export interface Pipelines {
  readonly find: FindPipeline
  readonly pipelineNames: readonly string[]
  readonly parsed: Map<string, ParsedPipeline>
}

/** The pipelines of a directory, which need not exist: `split/dev` is `split/dev.yaml`. */
export function openPipelines(directory: string): Pipelines {
  const pipelineNames = namesIn(directory)
  const known = new Set(pipelineNames)
  return {
    find: (name) => {
      if (!known.has(name)) return undefined
      const file = join(directory, `${name}.yaml`)
      return { text: readFileSync(file, 'utf8'), file }
    },
    pipelineNames,
    parsed: new Map(),
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.yaml'))
      .map((path) => path.slice(0, -'.yaml'.length))
      .sort()
  } catch (error) {
    if (!isSystemError(error, 'ENOENT', 'ENOTDIR')) throw error
    return []
  }
}
