// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { importsOf, readSources, type SourceFile } from './support/imports.ts'

const ROOT = join(import.meta.dirname, '..')
interface Layers {
  readonly ranks: Readonly<Record<string, number>>
  readonly edges: readonly { readonly from: string; readonly to: string; readonly why: string }[]
}
const layers = JSON.parse(readFileSync(join(ROOT, 'layers.json'), 'utf8')) as Layers
const sources = readSources(ROOT, 'src')
const code = sources.filter((file) => !file.path.endsWith('.test.ts'))

/** `src/store/lock.ts` → `store`. */
const folderOf = (path: string) => path.split('/')[1] ?? ''

function faults(files: readonly SourceFile[]): { faults: string[]; edges: number } {
  const found: string[] = []
  const edges = new Set<string>()
  for (const file of files) {
    const from = folderOf(file.path)
    for (const { to: path } of importsOf(file)) {
      const to = folderOf(path)
      if (!path.startsWith('src/') || from === to) continue
      edges.add(`${from}→${to}`)
      const [rankFrom, rankTo] = [layers.ranks[from], layers.ranks[to]]
      if (rankFrom === undefined || rankTo === undefined)
        found.push(`${file.path}: layers.json has no rank for ${from} or ${to}`)
      else if (rankTo > rankFrom)
        found.push(`${file.path}: ${from} (layer ${rankFrom}) may not import ${to} (layer ${rankTo})`)
      else if (rankTo === rankFrom && !layers.edges.some((edge) => edge.from === from && edge.to === to))
        found.push(`${file.path}: ${from} → ${to} are of one layer, and layers.json does not list the edge`)
      if (path !== `src/${to}/index.ts`)
        found.push(`${file.path}: imports ${path} past the door src/${to}/index.ts`)
    }
  }
  return { faults: found, edges: edges.size }
}

describe('the layers', () => {
  it('hold: every import goes down, or along a listed edge, and through the door', () => {
    const { faults: found, edges } = faults(code)
    expect(found).toEqual([])
    expect(edges).toBeGreaterThan(15)
  })

  it('are seen to break when a fault is planted', () => {
    const planted: SourceFile[] = [
      { path: 'src/base/planted.ts', text: "import { x } from '../store/index.ts'" },
      { path: 'src/store/planted.ts', text: "export { y } from '../base/error.ts'" },
      { path: 'src/oci/planted.ts', text: "await import('../elf/index.ts')" },
    ]
    expect(faults(planted).faults).toHaveLength(3)
  })

  it('list no edge that nothing uses', () => {
    const used = new Set(
      code.flatMap((file) => importsOf(file).map(({ to }) => `${folderOf(file.path)}→${folderOf(to)}`)),
    )
    expect(layers.edges.map(({ from, to }) => `${from}→${to}`).filter((edge) => !used.has(edge))).toEqual([])
  })

  it('have a door with a paragraph that says what the folder is', () => {
    for (const folder of new Set(code.map((file) => folderOf(file.path)))) {
      const door = code.find((file) => file.path === `src/${folder}/index.ts`)
      expect(door, `src/${folder}/index.ts`).toBeDefined()
      expect(door?.text, `src/${folder}/index.ts`).toMatch(
        /^\/\/ SPDX-License-Identifier: Apache-2.0\n\/\*\*\n \* .{60,}/,
      )
    }
  })
})

describe('the single places', () => {
  const elsewhere = (form: RegExp, ...allowed: string[]) =>
    code.filter((file) => form.test(file.text) && !allowed.includes(file.path)).map((file) => file.path)

  it('only base/exec.ts starts a process', () => {
    expect(elsewhere(/from '(node:child_process|execa)'/, 'src/base/exec.ts')).toEqual([])
  })

  it('only base/http.ts calls fetch', () => {
    expect(elsewhere(/(?<![.\w])fetch\(/, 'src/base/http.ts')).toEqual([])
  })

  it('only factory/settings.ts and the command line read the environment', () => {
    expect(elsewhere(/process\.env\b/, 'src/factory/settings.ts')).toEqual([])
  })

  it('no test replaces a module', () => {
    expect(sources.filter((file) => /\bvi\.mock\(/.test(file.text)).map((file) => file.path)).toEqual([])
  })

  it('every file names its licence', () => {
    const files = [...sources, ...readSources(ROOT, 'test'), ...readSources(ROOT, 'web')]
    expect(
      files
        .filter((file) => !file.text.startsWith('// SPDX-License-Identifier: Apache-2.0\n'))
        .map((file) => file.path),
    ).toEqual([])
  })
})
