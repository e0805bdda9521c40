// SPDX-License-Identifier: Apache-2.0
import { readYaml } from '../base/index.ts'
import { words } from './fields.ts'

/**
 * Reads a file of variables, one `name: value` a line, that stand over the `vars` of recipes (melange's `--vars-file`).
 *
 * @throws MillraceError RECIPE_INVALID with the place.
 */
export function parseVarsFile(text: string, file: string): Readonly<Record<string, string>> {
  return readYaml(text, file, { noun: 'a file of variables', code: 'RECIPE_INVALID', scalars: 'text' }, words)
    .content
}
