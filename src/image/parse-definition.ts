// SPDX-License-Identifier: Apache-2.0
import type { z } from 'zod'
import { type Locate, type MillraceError, pathName, readYaml } from '../base/index.ts'
import { findFaults } from './check-definition.ts'
import { type ImageFile, ImageSchema } from './definition-schema.ts'
import { imageInvalid } from './invalid.ts'

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
  const { content, locate, refuse } = readStrictly(text, file, ImageSchema, 'an image definition')
  const [fault] = findFaults(content)
  if (fault !== undefined) throw refuse(fault.path, fault.why, fault.fix)
  return { file, content, locate }
}

/** The error that something is wrong at a path of a file. */
export type Refuse = (path: readonly PropertyKey[], why: string, fix: string) => MillraceError

/** A YAML text by a schema, with the place of anything in it. @param noun what messages call such a text, with its article. @throws MillraceError IMAGE_INVALID */
export function readStrictly<T>(
  text: string,
  file: string,
  schema: z.ZodType<T>,
  noun: string,
): { readonly content: T; readonly locate: Locate; readonly refuse: Refuse } {
  const { content, locate } = readYaml(text, file, { noun, code: 'IMAGE_INVALID', scalars: 'text' }, schema)
  const refuse: Refuse = (path, why, fix) =>
    imageInvalid(`reading ${pathName(path)} of ${file}`, why, fix, locate(path))
  return { content, locate, refuse }
}
