// SPDX-License-Identifier: Apache-2.0
// Draws how the folders of src/ stand on each other, from layers.json and the imports that are really there. tools/docs.ts puts it into ARCHITECTURE.md.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { importsOf, readSources, type SourceFile } from '../test/support/imports.ts'

interface Layers {
  readonly ranks: Readonly<Record<string, number>>
}

/** The layers by rank, as ARCHITECTURE.md calls them. */
const LAYERS = ['base', 'formats', 'stores', 'trades', 'factory', 'doors']

/** A Mermaid flowchart: one box a layer, the doors on top. An arrow that follows from others is left out, so that the picture can be read. */
export function layerPicture(root: string): string {
  const { ranks } = JSON.parse(readFileSync(join(root, 'layers.json'), 'utf8')) as Layers
  const sources = readSources(root, 'src').filter(({ path }) => !path.endsWith('.test.ts'))
  const there = new Set(sources.map(({ path }) => folderOf(path)))
  const folders = Object.keys(ranks).filter((folder) => there.has(folder))
  const edges = neededEdges(folders, importedFolders(sources))
  const boxes = LAYERS.map((title, rank) => ({
    title,
    members: folders.filter((one) => ranks[one] === rank),
  }))
  return [
    'flowchart TB',
    ...boxes
      .reverse()
      .flatMap(({ title, members }) => [
        `  subgraph ${title}_layer["${title}"]`,
        ...members.map((folder) => `    ${idOf(folder)}["${folder}"]`),
        '  end',
      ]),
    ...edges.map(([from, to]) => `  ${idOf(from)} --> ${idOf(to)}`),
  ].join('\n')
}

/** The folders of `src/` in the order of layers.json, each with the first sentence of its door. */
export function folderTable(root: string): string {
  const { ranks } = JSON.parse(readFileSync(join(root, 'layers.json'), 'utf8')) as Layers
  const doors = readSources(root, 'src').filter(({ path }) => /^src\/[^/]+\/index\.ts$/.test(path))
  const said = new Map(doors.map((door) => [folderOf(door.path), firstSentence(door.text)]))
  const rows = Object.keys(ranks).flatMap((folder) => {
    const sentence = said.get(folder)
    return sentence === undefined
      ? []
      : [`| \`src/${folder}/\` | ${LAYERS[ranks[folder] ?? 0]} | ${sentence} |`]
  })
  return ['| folder | layer | what it is |', '|---|---|---|', ...rows].join('\n')
}

/** A word such as `end` means something to Mermaid; a folder's name alone might. */
const idOf = (folder: string) => `f_${folder}`

/** `src/store/lock.ts` → `store`. */
const folderOf = (path: string) => path.split('/')[1] ?? ''

function importedFolders(sources: readonly SourceFile[]): Map<string, Set<string>> {
  const imported = new Map<string, Set<string>>()
  for (const source of sources) {
    const from = folderOf(source.path)
    const targets = importsOf(source).filter(({ to }) => to.startsWith('src/') && folderOf(to) !== from)
    imported.set(from, new Set([...(imported.get(from) ?? []), ...targets.map(({ to }) => folderOf(to))]))
  }
  return imported
}

/** The transitive reduction: an edge stays when no longer way leads to its end. The layer test keeps the graph free of circles. */
function neededEdges(
  folders: readonly string[],
  imported: ReadonlyMap<string, ReadonlySet<string>>,
): (readonly [string, string])[] {
  const reach = (from: string): string[] =>
    [...(imported.get(from) ?? [])].flatMap((next) => [next, ...reach(next)])
  return folders.flatMap((from) => {
    const direct = [...(imported.get(from) ?? [])].sort()
    const further = new Set(direct.flatMap(reach))
    return direct.filter((to) => !further.has(to)).map((to) => [from, to] as const)
  })
}

function firstSentence(text: string): string {
  const paragraph = /\/\*\*\n([\s\S]*?)\*\//.exec(text)?.[1]?.replace(/^\s*\* ?/gm, '') ?? ''
  return /^([\s\S]*?\.)(\s|$)/.exec(paragraph)?.[1]?.replace(/\s+/g, ' ') ?? ''
}
