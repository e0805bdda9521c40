// SPDX-License-Identifier: Apache-2.0
import { sql } from 'kysely'
import { parseDependency } from '../../apk/index.ts'
import type { DistroGraph, GraphEdge, GraphNode } from '../api.ts'
import { originOf } from './channel-view.ts'
import type { FactsContext } from './context.ts'
import { type ImageStanding, surveyImages } from './images.ts'
import type { RecipeOutline } from './outline.ts'
import { type RecipeStanding, type Survey, survey } from './recipes.ts'

/** Reads the graph, and keeps it as long as none of the facts changes that it is made of. */
export function openGraphReader(f: FactsContext): () => Promise<DistroGraph> {
  let known: { readonly version: string; readonly graph: Promise<DistroGraph> } | undefined
  return async () => {
    // Taken first: what changes while the graph is read makes the next reading a new one.
    const version = await readVersion(f)
    if (known?.version !== version) known = { version, graph: readGraph(f) }
    const { graph } = known
    try {
      return await graph
    } catch (error) {
      if (known?.graph === graph) known = undefined
      throw error
    }
  }
}

/** One text for all that the graph is made of, and another as soon as any of it is another. */
async function readVersion({ database, arch, running }: FactsContext): Promise<string> {
  const { rows } = await sql<{ version: string }>`
    select concat_ws(' ',
      (select md5(string_agg(concat_ws(' ', name, version, plan_key, trouble), ',' order by name)) from recipe where arch = ${arch}),
      (select concat(count(*), ' ', max(planned_at)) from plan where arch = ${arch}),
      (select concat(count(*), ' ', max(id)) from attempt),
      (select string_agg(concat(channel, ' ', newest), ',' order by channel) from (select channel, max(generation) as newest from channel_index where arch = ${arch} group by channel) as channels),
      (select concat(count(*), ' ', max(id)) from image_release),
      (select concat(count(*), ' ', max(id)) from image_tag),
      (select concat(count(*), ' ', max(id)) from image_attempt)
    ) as version`.execute(database)
  const work = running().running.map(({ kind, subject }) => `${kind} ${subject}`)
  return [rows[0]?.version, ...work.sort()].join('\n')
}

/** Recipes and images, and who needs whom: as the newest plans have it, and the newest packages found it. */
async function readGraph(f: FactsContext): Promise<DistroGraph> {
  const [seen, images] = await Promise.all([survey(f), surveyImages(f)])
  const recipes = [...seen.recipes.values()]
  const outlines = await f.outlines.of(recipes, f.distro)
  const makers = makersOf(seen, outlines)
  const made = packagesByKey(seen)
  const nodes: GraphNode[] = [
    ...recipes.map((recipe) => recipeNode(recipe, made, outlines.get(recipe.name))),
    ...images.map(({ summary: { name, state }, version }) => ({
      ...{ id: `image:${name}`, kind: 'image' as const, version, state, packages: [] },
    })),
  ]
  const edges = [
    ...recipes.flatMap((recipe) => recipeEdges(recipe, made, outlines.get(recipe.name), seen, makers)),
    ...images.flatMap(imageEdges),
  ]
  const ids = new Set(nodes.map(({ id }) => id))
  return { nodes, edges: sorted(edges.filter(({ from, to }) => from !== to && ids.has(to))) }
}

type Made = ReadonlyMap<
  string,
  readonly { readonly record: { readonly name: string; readonly depends: readonly string[] } }[]
>

function packagesByKey({ edge }: Survey): Made {
  const made = new Map<string, { record: { name: string; depends: readonly string[] } }[]>()
  for (const one of edge.offered.values()) {
    if (one.buildKey === null) continue
    const others = made.get(one.buildKey)
    if (others === undefined) made.set(one.buildKey, [one])
    else others.push(one)
  }
  return made
}

/** Package → the recipe that makes it: as edge has it, else as it is meant to be. */
function makersOf(
  { edge }: Survey,
  outlines: ReadonlyMap<string, RecipeOutline>,
): ReadonlyMap<string, string> {
  const makers = new Map<string, string>()
  for (const [recipe, { packages }] of outlines) for (const { name } of packages) makers.set(name, recipe)
  for (const [name, { record }] of edge.newest) makers.set(name, originOf(record))
  return makers
}

function recipeNode(recipe: RecipeStanding, made: Made, outline: RecipeOutline | undefined): GraphNode {
  const { name, version, state, plan } = recipe
  const published = (plan === null ? [] : (made.get(plan.key) ?? [])).map(({ record }) => record.name)
  const packages = published.length > 0 ? published : (outline?.packages ?? []).map((one) => one.name)
  return { ...{ id: name, kind: 'recipe', version, state }, packages: packages.sort(mainFirst(name)) }
}

function mainFirst(main: string) {
  return (a: string, b: string) => (a === main ? -1 : b === main ? 1 : a < b ? -1 : 1)
}

function recipeEdges(
  { name, plan }: RecipeStanding,
  made: Made,
  outline: RecipeOutline | undefined,
  { edge }: Survey,
  makers: ReadonlyMap<string, string>,
): GraphEdge[] {
  const published = (plan === null ? undefined : made.get(plan.key))?.flatMap(({ record }) => record.depends)
  const wants = published ?? outline?.packages.flatMap(({ dependencies }) => dependencies) ?? []
  const makerOf = (text: string) => {
    const provider = edge.providers.providerOf(text)
    if (provider !== null) return originOf(provider)
    const wish = parseDependency(text)
    return wish === undefined || wish.conflict ? undefined : makers.get(wish.name)
  }
  const edgesTo = (kind: GraphEdge['kind'], targets: readonly (string | undefined)[]) =>
    targets.flatMap((to) => (to === undefined ? [] : [{ from: name, to, kind }]))
  return [
    ...edgesTo(
      'build',
      (outline?.environment ?? []).map((wanted) => makers.get(wanted)),
    ),
    ...edgesTo('runtime', wants.map(makerOf)),
  ]
}

function imageEdges({ summary, packages }: ImageStanding): GraphEdge[] {
  return packages.map((one) => ({ from: `image:${summary.name}`, to: originOf(one), kind: 'runtime' }))
}

/** Each once. */
function sorted(edges: readonly GraphEdge[]): GraphEdge[] {
  const byText = new Map(edges.map((edge) => [`${edge.from} ${edge.to} ${edge.kind}`, edge]))
  return [...byText.keys()].sort().flatMap((text) => byText.get(text) ?? [])
}
