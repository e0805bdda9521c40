// SPDX-License-Identifier: Apache-2.0
import { formatCount } from '../../../base/index.ts'
import type { OpenLint } from '../lint.ts'

/** Words that files of other systems have in their paths. The first system that fits is told. */
const SYSTEMS: readonly (readonly [system: string, words: RegExp])[] = [
  ['macos', /darwin|mac[-_]?os|os[-_]?x/i],
  ['windows', /windows|win32|win64/i],
]

/** No file is named for macOS or Windows: such files are of no use here. */
export const nonLinux: OpenLint = () => {
  const references: { path: string; platform: string }[] = []
  return {
    entry: ({ path, type }) => {
      const system = type === 'directory' ? undefined : SYSTEMS.find(([, words]) => words.test(path))
      if (system !== undefined) references.push({ path, platform: system[0] })
      return undefined
    },
    finish: () =>
      references.length === 0
        ? undefined
        : {
            what: `has ${formatCount(references.length, 'file', 'files')} named for another system`,
            places: references.map(({ path, platform }) => ({ path, note: platform })),
            details: { references },
          },
  }
}
