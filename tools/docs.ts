// SPDX-License-Identifier: Apache-2.0
// Writes the parts of the documentation that follow from the code. test/docs.test.ts holds that they are up to date.
//   node tools/docs.ts            writes them
//   node tools/docs.ts --check    lists those that differ, and exits 1 when some do
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isSystemError } from '../src/base/index.ts'
import { ImageSchema } from '../src/image/index.ts'
import { RecipeSchema } from '../src/recipe/index.ts'
import { cliPage } from './cli-page.ts'
import { errorPage } from './error-page.ts'
import { folderTable, layerPicture } from './graph.ts'
import { jsonSchemaOf } from './json-schema.ts'

export const ROOT = join(import.meta.dirname, '..')

/** A file of the documentation, as the code says it should be. */
export interface GeneratedFile {
  /** Relative to the checkout. */
  readonly path: string
  readonly text: string
}

export async function generatedFiles(root: string): Promise<GeneratedFile[]> {
  const architecture = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
  const parts = { layers: fenced('mermaid', layerPicture(root)), folders: folderTable(root) }
  return [
    { path: 'ARCHITECTURE.md', text: fillIn(architecture, parts) },
    { path: 'docs/cli.md', text: await cliPage() },
    { path: 'docs/errors.md', text: errorPage() },
    {
      path: 'docs/schema/image.json',
      text: schemaText(RESOURCE.image, ImageSchema, 'An image: apko YAML, as Millrace reads it'),
    },
    {
      path: 'docs/schema/recipe.json',
      text: schemaText(RESOURCE.recipe, RecipeSchema, 'A recipe: melange YAML, as Millrace reads it'),
    },
  ]
}

/** Those of them that are not as they should be, or not there. */
export async function staleFiles(root: string): Promise<GeneratedFile[]> {
  return (await generatedFiles(root)).filter(({ path, text }) => readOrNothing(join(root, path)) !== text)
}

const RESOURCE = {
  image: 'https://millrace.dev/schema/image.json',
  recipe: 'https://millrace.dev/schema/recipe.json',
} as const

function schemaText(id: string, schema: Parameters<typeof jsonSchemaOf>[0], title: string): string {
  return `${JSON.stringify(jsonSchemaOf(schema, title, id), null, 2)}\n`
}

/** Replaces what stands between `<!-- generated: NAME -->` and `<!-- end -->`. */
function fillIn(text: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((filled, [name, part]) => {
    const [begin, end] = [`<!-- generated: ${name} -->\n`, '\n<!-- end -->']
    const from = filled.indexOf(begin)
    const to = filled.indexOf(end, from)
    if (from === -1 || to === -1) throw new Error(`ARCHITECTURE.md has no place for ${name}`)
    return filled.slice(0, from + begin.length) + part + filled.slice(to)
  }, text)
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return ''
    throw error
  }
}

async function main(flags: readonly string[]): Promise<void> {
  const stale = await staleFiles(ROOT)
  if (flags.includes('--check')) {
    for (const { path } of stale) console.log(`${path} is not what node tools/docs.ts writes`)
    process.exitCode = stale.length === 0 ? 0 : 1
    return
  }
  for (const { path, text } of stale) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true })
    writeFileSync(join(ROOT, path), text)
    console.log(`wrote ${path}`)
  }
}

if (import.meta.main) await main(process.argv.slice(2))
