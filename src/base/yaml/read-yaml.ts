// SPDX-License-Identifier: Apache-2.0
import type { z } from 'zod'
import { present } from '../assert.ts'
import type { YamlDialect } from './dialect.ts'
import { type Locate, readLocatedYaml } from './located-yaml.ts'
import { findSchemaProblems } from './schema-problems.ts'

/** A YAML text by a schema, with the place of anything in it. @param file how messages name it. @throws MillraceError with the dialect's code, line and column: the first problem */
export function readYaml<T>(
  text: string,
  file: string,
  dialect: YamlDialect,
  schema: z.ZodType<T>,
): { readonly content: T; readonly locate: Locate } {
  const located = readLocatedYaml(text, file, dialect)
  const { success, data, error } = schema.safeParse(located.tree)
  if (success) return { content: data, locate: located.locate }
  throw present(findSchemaProblems(error, located, schema)[0], 'what does not match a schema has a problem')
}
