// SPDX-License-Identifier: Apache-2.0
import { parse } from 'yaml'
import { z } from 'zod'
import { MillraceError } from './error.ts'

/** A YAML text of settings by its schema. @param file what the text was read from, for messages. @throws MillraceError SETTINGS_INVALID with this `fix`. */
export function parseSettingsFile<T>(schema: z.ZodType<T>, text: string, file: string, fix: string): T {
  try {
    return schema.parse(parse(text))
  } catch (cause) {
    throw new MillraceError('SETTINGS_INVALID', {
      what: `reading ${file}`,
      why:
        cause instanceof z.ZodError
          ? z.prettifyError(cause)
          : cause instanceof Error
            ? cause.message
            : String(cause),
      fix,
      at: { file },
      cause,
    })
  }
}
