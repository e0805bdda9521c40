// SPDX-License-Identifier: Apache-2.0
import { basename } from 'node:path'
import type { z } from 'zod'
import { readYaml } from './yaml/read-yaml.ts'

/** A YAML text of settings by its schema. @param file what the text was read from, for messages. @throws MillraceError SETTINGS_INVALID with line and column: the first problem */
export function parseSettingsFile<T>(schema: z.ZodType<T>, text: string, file: string): T {
  return readYaml(text, file, { noun: basename(file), code: 'SETTINGS_INVALID', scalars: 'typed' }, schema)
    .content
}
