// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isSystemError } from '../base/index.ts'
import type { FindPipeline } from '../recipe/index.ts'

/** Finds pipelines in directories, the first that has one wins: `split/dev` is `split/dev.yaml`. Each file is read once. */
export function pipelineFinder(directories: readonly string[]): FindPipeline {
  const known = new Map<string, ReturnType<FindPipeline>>()
  return (name) => {
    if (!known.has(name)) known.set(name, findPipeline(directories, name))
    return known.get(name)
  }
}

function findPipeline(directories: readonly string[], name: string): ReturnType<FindPipeline> {
  for (const directory of directories) {
    const file = join(directory, `${name}.yaml`)
    try {
      return { text: readFileSync(file, 'utf8'), file }
    } catch (error) {
      if (!isSystemError(error, 'ENOENT', 'ENOTDIR')) throw error
    }
  }
  return undefined
}
