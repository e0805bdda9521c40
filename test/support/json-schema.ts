// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'

const SCHEMAS = join(import.meta.dirname, '../../docs/schema')

/** Judges a value by a schema of docs/schema. @returns `NAME/PLACE: why` for each misfit. */
export function jsonSchemaCheck(kind: string): (value: unknown, name: string) => string[] {
  const schema = JSON.parse(readFileSync(join(SCHEMAS, `${kind}.json`), 'utf8')) as object
  // A value may be of several types, as in YAML.
  const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true, strict: true }).compile(schema)
  return (value, name) =>
    validate(value)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message }) => `${name}${instancePath}: ${message}`)
}
