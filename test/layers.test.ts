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

/** What reaches a network: Node's modules for it (`import type` leaves none), undici, and what is global. */
const CONNECTING =
  /(?:^(?:import|export) (?!type\b)(?:[^'"]*\bfrom )?|\b(?:import|require)\(\s*)['"](?:(?:node:)?(?:https?|http2|net|tls|dgram)|undici)['"]|\bgetBuiltinModule\(|(?<![.\w])(?:globalThis\.)?(?:fetch\(|new (?:WebSocket|EventSource)\b)/m

const CONNECTS: Readonly<Record<string, string>> = {
  'src/base/http-exchange.ts': 'is the place that opens connections',
  'src/image/check/commands.ts': 'has scripts as text that run inside an image’s own network',
  'src/server/guard.ts': 'asks only whether a text is an address',
  'src/store/lock.ts': 'holds a data directory with a local socket, which leads to no other machine',
}

const connecting = (files: readonly SourceFile[]) =>
  files.filter(({ path, text }) => CONNECTING.test(text) && !(path in CONNECTS)).map(({ path }) => path)

describe('the single places', () => {
  const elsewhere = (form: RegExp, ...allowed: string[]) =>
    code.filter((file) => form.test(file.text) && !allowed.includes(file.path)).map((file) => file.path)

  it('only base/exec.ts starts a process', () => {
    expect(elsewhere(/from '(node:child_process|execa)'/, 'src/base/exec.ts')).toEqual([])
  })

  it('only base/http-exchange.ts opens connections, and what else has a module of the network is listed', () => {
    expect(connecting(code)).toEqual([])
    const without = Object.keys(CONNECTS).filter(
      (path) => !code.some((file) => file.path === path && CONNECTING.test(file.text)),
    )
    expect(without).toEqual([])
  })

  it.each([
    "import { request } from 'node:https'",
    "import {\n  type Server,\n  createServer,\n} from 'node:http'",
    "import * as net from 'net'",
    "import tls from 'node:tls'",
    "import 'undici'",
    "export { request } from 'undici'",
    "const { connect } = await import('node:net')",
    'const answer = await fetch(url)',
    'await globalThis.fetch(url)',
    'new WebSocket(url)',
  ])('a connection opened elsewhere is seen: %j', (text) => {
    expect(connecting([{ path: 'src/store/planted.ts', text: `// a line\n${text}\n` }])).toHaveLength(1)
  })

  it('what only speaks of connections is none', () => {
    const text =
      "import type { Server } from 'node:http'\nf.fetch(url)\nprefetch(f)\nexport interface A {\n  kind: 'http'\n}\n"
    expect(connecting([{ path: 'src/store/planted.ts', text }])).toEqual([])
  })

  it('only settings/settings.ts and the command line read the environment', () => {
    expect(elsewhere(/process\.env\b/, 'src/settings/settings.ts')).toEqual([])
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
