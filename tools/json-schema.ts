// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod'

type JsonSchema = Readonly<Record<string, unknown>>

/**
 * JSON Schema (2020-12) of a YAML text that a zod schema of src/recipe/fields.ts takes, for editors. Such schemas take every scalar as its source text, so a scalar of any kind stands where they have
 * a string, and nothing at all may stand anywhere. What they demand of a text is told in words, or as the words it may be; the parser holds to it, with the place.
 */
export function jsonSchemaOf(schema: z.ZodType, title: string, id: string): JsonSchema {
  const named: Named = new Map()
  describe(schema, named)
  // The first look found what holds itself; now it can be referred to wherever it stands.
  const root = describe(schema, named)
  const definitions = [...named.values()].map(({ name, schema }) => [name, schema] as const)
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: id,
    title,
    ...root,
    $defs: { text: { type: ['string', 'number', 'boolean', 'null'] }, ...Object.fromEntries(definitions) },
  }
}

type Named = Map<z.ZodType, { readonly name: string; schema: JsonSchema }>

const TEXT = { $ref: '#/$defs/text' }

function describe(schema: z.ZodType, named: Named): JsonSchema {
  const known = named.get(schema)
  return known === undefined ? describeAnew(schema, named) : { $ref: `#/$defs/${known.name}` }
}

function describeAnew(schema: z.ZodType, named: Named): JsonSchema {
  const { enum: words, description } = schema.meta() ?? {}
  const shape = Array.isArray(words)
    ? { type: ['string', 'null'], enum: [...words, '', null] }
    : shapeOf(schema, named)
  return description === undefined ? shape : { ...shape, description: withKind(description, shape) }
}

/** What a key means, and what its values look like. */
function withKind(meaning: string, { description: kind }: JsonSchema): string {
  return typeof kind === 'string' ? `${meaning} (${kind})` : meaning
}

function shapeOf(schema: z.ZodType, named: Named): JsonSchema {
  const within = (inner: z.core.$ZodType) => describe(inner as z.ZodType, named)
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) return within(schema.def.innerType)
  // A pipe begins with a transform where it fills in what is not there, and ends with one where it reads a text.
  if (schema instanceof z.ZodPipe)
    return within(schema.def.in instanceof z.ZodTransform ? schema.def.out : schema.def.in)
  if (schema instanceof z.ZodLazy) return reference(schema, named)
  if (schema instanceof z.ZodString) return TEXT
  if (schema instanceof z.ZodArray) return { type: ['array', 'null'], items: within(schema.def.element) }
  if (schema instanceof z.ZodRecord)
    return { type: ['object', 'null'], additionalProperties: within(schema.def.valueType) }
  if (schema instanceof z.ZodUnion) return { anyOf: schema.def.options.map(within) }
  if (schema instanceof z.ZodObject) {
    const properties = Object.entries(schema.def.shape).map(([key, value]) => [key, within(value)] as const)
    return {
      type: ['object', 'null'],
      properties: Object.fromEntries(properties),
      additionalProperties: false,
    }
  }
  throw new Error(`tools/json-schema.ts does not know how to describe ${schema.type}`)
}

/** What holds itself, such as a step with steps, is described once. */
function reference(schema: z.ZodLazy, named: Named): JsonSchema {
  const target = schema.def.getter() as z.ZodType
  const known = named.get(target)
  if (known !== undefined) return { $ref: `#/$defs/${known.name}` }
  const entry = { name: target.meta()?.id ?? `nested${named.size + 1}`, schema: {} as JsonSchema }
  named.set(target, entry)
  entry.schema = describeAnew(target, named)
  return { $ref: `#/$defs/${entry.name}` }
}
