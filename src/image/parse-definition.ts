// SPDX-License-Identifier: Apache-2.0
import type { z } from 'zod'
import { MillraceError, present } from '../base/index.ts'
import { findSchemaProblems, type Locate, readLocatedYaml } from '../recipe/index.ts'
import { checkDefinition } from './check-definition.ts'
import { type ImageFile, ImageSchema } from './definition-schema.ts'
import { asImageInvalid } from './invalid.ts'

/** One image YAML as it stands, its `include` not followed, and where everything in it is. */
export interface ParsedImage {
  readonly file: string
  readonly content: ImageFile
  readonly locate: Locate
}

/**
 * Reads an image YAML strictly: unknown keys, wrong kinds of values, and what Millrace cannot build are errors with their place.
 *
 * @param file how messages name it.
 * @throws MillraceError IMAGE_INVALID for the first problem.
 */
export function parseImage(text: string, file: string): ParsedImage {
  const { content, locate } = readStrictly(text, file, ImageSchema, 'image definition')
  checkDefinition({ file, content, locate })
  return { file, content, locate }
}

/** A YAML text by a schema, with the place of anything in it. @throws MillraceError IMAGE_INVALID */
export function readStrictly<T>(
  text: string,
  file: string,
  schema: z.ZodType<T>,
  noun: string,
): { readonly content: T; readonly locate: Locate } {
  try {
    const located = readLocatedYaml(text, file)
    const parsed = schema.safeParse(located.tree)
    if (parsed.success) return { content: parsed.data, locate: located.locate }
    throw present(
      findSchemaProblems(parsed.error, located, file, schema, noun)[0],
      'what does not match a schema has a problem',
    )
  } catch (error) {
    throw error instanceof MillraceError ? asImageInvalid(error) : error
  }
}
