// SPDX-License-Identifier: Apache-2.0
import { useQuery } from '@tanstack/react-query'
import { useDeferredValue, useMemo, useState } from 'react'
import { Link } from 'wouter'
import { formatCount } from '../../src/base/words.ts'
import type { DistroGraph, GraphEdge } from '../../src/server/api.ts'
import { queries } from '../api.ts'
import { Canvas } from '../graph/canvas.tsx'
import { Cycles } from '../graph/cycles.tsx'
import { Levels } from '../graph/levels.tsx'
import { GraphList } from '../graph/list.tsx'
import { GraphMap } from '../graph/map/map.tsx'
import { withoutImplied } from '../graph/reduce.ts'
import { type Focus, shapeOf } from '../graph/shape.ts'
import { nameOf, usePlaces } from '../graph/use-places.ts'
import { Way } from '../graph/way.tsx'
import { Answer, Empty, Loading } from '../parts/answers.tsx'
import { Mark, STATES } from '../parts/badge.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { type ListQuery, useListQuery } from '../parts/use-list-query.ts'
import { useTitle } from '../parts/words.tsx'

/** Recipes and images, and who needs whom. The default export is what React.lazy takes. */
export default function GraphPage() {
  useTitle('Graph')
  const query = useQuery(queries.graph())
  return (
    <Answer query={query}>
      {(graph) =>
        graph.nodes.length === 0 ? (
          <Empty title="There is nothing to draw yet">
            Recipes and images come here as soon as there are some.
          </Empty>
        ) : (
          <GraphView graph={graph} />
        )
      }
    </Answer>
  )
}

/** What is shown, as the address has it. */
type ViewName = 'picture' | 'list' | 'levels' | 'cycles' | 'way'

function GraphView({ graph }: { readonly graph: DistroGraph }) {
  const list = useListQuery('name')
  const [look, setLook] = useState(0)
  const view = (list.filter('as') || 'picture') as ViewName
  const focus = useFocus(list)
  const [edges, implied] = [list.filter('edges'), list.filter('implied') === 'yes']
  const ids = graph.nodes.map(({ id }) => id).join('\n')
  // States change all the time, and edges seldom: what is placed stays where it is.
  // biome-ignore lint/correctness/useExhaustiveDependencies: of the nodes, only the names matter here
  const [drawn, every] = useMemo(() => {
    const choice = { build: edges !== 'runtime', runtime: edges !== 'build' }
    const all = implied || view !== 'picture' || focus?.depth === 1
    const whole = shapeOf(graph, { ...choice, all: true }, focus)
    return [all ? whole : { ...whole, edges: withoutImplied(whole.edges) }, whole.edges]
  }, [ids, graph.edges, edges, implied, view, focus])
  const shape = useMemo(() => {
    const inside = new Set(drawn.nodes.map(({ id }) => id))
    return { nodes: graph.nodes.filter(({ id }) => inside.has(id)), edges: drawn.edges }
  }, [graph.nodes, drawn])
  const words = useDeferredValue(list.words).trim().toLowerCase()
  const found = useMemo(() => {
    const ids =
      words === ''
        ? []
        : shape.nodes.map(({ id }) => id).filter((id) => nameOf(id).toLowerCase().includes(words))
    return new Set(ids)
  }, [shape, words])
  const only = words === '' ? null : found
  return (
    <div className="graph-page">
      <h1 className="sr-only">The graph of recipes and images</h1>
      <GraphBar
        list={list}
        view={view}
        focus={focus}
        note={words === '' ? formatCount(shape.nodes.length, 'node') : `${found.size} found`}
        onLook={() => setLook(look + 1)}
      />
      {view === 'list' && <GraphList shape={shape} only={only} />}
      {view === 'levels' && <Levels graph={shape} only={only} />}
      {view === 'cycles' && <Cycles graph={shape} />}
      {view === 'way' && <Way graph={shape} list={list} />}
      {view === 'picture' && (
        <Picture shape={shape} every={every} found={found} look={look} focus={focus?.id ?? null} />
      )}
    </div>
  )
}

function useFocus(list: ListQuery): Focus | null {
  const [id, depth, side] = [list.filter('focus'), list.filter('depth'), list.filter('side')]
  return useMemo(
    () =>
      id === ''
        ? null
        : {
            id,
            depth: depth === 'all' ? Number.POSITIVE_INFINITY : Math.max(1, Number.parseInt(depth, 10) || 1),
            side: side === 'needs' || side === 'needed' ? side : 'both',
          },
    [id, depth, side],
  )
}

interface PictureProps {
  readonly shape: DistroGraph
  readonly every: readonly GraphEdge[]
  readonly found: ReadonlySet<string>
  readonly look: number
  readonly focus: string | null
}

const LINES = [
  { kind: 'runtime', label: 'run time' },
  { kind: 'build', label: 'build' },
]
/** Of what is pointed at. */
const MAP_LINES = [
  { kind: 'needs', label: 'what it needs' },
  { kind: 'needed', label: 'what needs it' },
]

/** More boxes than a page moves smoothly as elements: they come on a canvas. */
const MANY = 250

function Picture(props: PictureProps) {
  const isMap = props.shape.nodes.length > MANY
  return (
    <section
      className="canvas"
      aria-label="Picture of the graph. The button As a list shows the same in words."
    >
      {isMap ? <GraphMap {...props} /> : <Boxes {...props} />}
      <ul className="legend" aria-label="Legend">
        {Object.values(STATES).map(({ tone, label }) => (
          <li key={label}>
            <Mark tone={tone} /> {label}
          </li>
        ))}
        {(isMap ? MAP_LINES : LINES).map(({ kind, label }) => (
          <li key={kind}>
            <span className={`legend-line ${kind}`} aria-hidden="true" /> {label}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Boxes({ shape, every, found, look, focus }: PictureProps) {
  const places = usePlaces(shape)
  if (places === null) return <Loading lines={10} />
  return <Canvas shape={shape} every={every} places={places} found={found} look={look} focus={focus} />
}

function GraphBar(props: {
  readonly list: ListQuery
  readonly view: ViewName
  readonly focus: Focus | null
  readonly note: string
  readonly onLook: () => void
}) {
  const { list, view, focus, note, onLook } = props
  return (
    <div className="toolbar">
      <SearchField
        label="Search the graph"
        placeholder="Find in the graph"
        words={list.words}
        onWords={list.search}
        onKeyDown={(key) => key.key === 'Enter' && onLook()}
      />
      <select
        className="button"
        aria-label="Edges"
        value={list.filter('edges')}
        onChange={(change) => list.choose('edges', change.target.value)}
      >
        <option value="">Build and run time</option>
        <option value="build">Only build</option>
        <option value="runtime">Only run time</option>
      </select>
      {focus === null && view === 'picture' && (
        <Toggle list={list} name="implied" title="Also edges that longer ways imply">
          Implied edges
        </Toggle>
      )}
      {focus !== null && (
        <>
          <span className="chip focus-chip">
            around {nameOf(focus.id)}
            <Link href="/graph" aria-label="Show the whole graph" title="Show the whole graph">
              ×
            </Link>
          </span>
          <select
            className="button"
            aria-label="How far"
            value={list.filter('depth')}
            onChange={(change) => list.choose('depth', change.target.value)}
          >
            <option value="">1 step</option>
            <option value="2">2 steps</option>
            <option value="3">3 steps</option>
            <option value="all">All the way</option>
          </select>
          <select
            className="button"
            aria-label="Which side"
            value={list.filter('side')}
            onChange={(change) => list.choose('side', change.target.value)}
          >
            <option value="">Both sides</option>
            <option value="needs">What it needs</option>
            <option value="needed">What needs it</option>
          </select>
        </>
      )}
      <fieldset className="view-choice">
        <legend className="sr-only">How the graph is shown</legend>
        {VIEWS.map(({ name, label }) => (
          <button
            key={name}
            type="button"
            className="button"
            aria-pressed={view === name}
            onClick={() => list.choose('as', view === name ? '' : name)}
          >
            {label}
          </button>
        ))}
      </fieldset>
      <span className="quiet" role="status">
        {note}
      </span>
    </div>
  )
}

const VIEWS: readonly { readonly name: ViewName; readonly label: string }[] = [
  { name: 'levels', label: 'Levels' },
  { name: 'cycles', label: 'Cycles' },
  { name: 'way', label: 'Why' },
  { name: 'list', label: 'As a list' },
]

function Toggle(props: {
  readonly list: ListQuery
  readonly name: string
  readonly title: string
  readonly children: string
}) {
  const { list, name, title, children } = props
  const on = list.filter(name) === 'yes'
  return (
    <label className="toggle" title={title}>
      <input type="checkbox" checked={on} onChange={() => list.choose(name, on ? '' : 'yes')} />
      {children}
    </label>
  )
}
