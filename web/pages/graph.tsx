// SPDX-License-Identifier: Apache-2.0
import { useQuery } from '@tanstack/react-query'
import { useDeferredValue, useMemo, useState } from 'react'
import { Link } from 'wouter'
import { formatCount } from '../../src/base/words.ts'
import type { DistroGraph, GraphEdge } from '../../src/server/api.ts'
import { queries } from '../api.ts'
import { Canvas } from '../graph/canvas.tsx'
import { GraphList } from '../graph/list.tsx'
import { shapeOf } from '../graph/shape.ts'
import { nameOf, usePlaces } from '../graph/use-places.ts'
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

function GraphView({ graph }: { readonly graph: DistroGraph }) {
  const list = useListQuery('name')
  const [look, setLook] = useState(0)
  const focus = list.filter('focus') || null
  const [deep, asList] = [list.filter('deep') === 'yes', list.filter('as') === 'list']
  const [edges, implied] = [list.filter('edges'), list.filter('implied') === 'yes']
  const [shape, every] = useMemo(() => {
    const choice = { build: edges !== 'runtime', runtime: edges !== 'build' }
    const all = implied || asList || (focus !== null && !deep)
    const whole = shapeOf(graph, { ...choice, all: true }, focus, deep)
    return [all ? whole : shapeOf(graph, { ...choice, all }, focus, deep), whole.edges]
  }, [graph, edges, implied, asList, focus, deep])
  const words = useDeferredValue(list.words).trim().toLowerCase()
  const found = useMemo(() => {
    const ids =
      words === ''
        ? []
        : shape.nodes.map(({ id }) => id).filter((id) => nameOf(id).toLowerCase().includes(words))
    return new Set(ids)
  }, [shape, words])
  return (
    <div className="graph-page">
      <h1 className="sr-only">The graph of recipes and images</h1>
      <GraphBar
        list={list}
        focus={focus}
        note={words === '' ? formatCount(shape.nodes.length, 'node') : `${found.size} found`}
        onLook={() => setLook(look + 1)}
      />
      {asList ? (
        <GraphList shape={shape} only={words === '' ? null : found} />
      ) : (
        <Picture shape={shape} every={every} found={found} look={look} focus={focus} />
      )}
    </div>
  )
}

interface PictureProps {
  readonly shape: DistroGraph
  readonly every: readonly GraphEdge[]
  readonly found: ReadonlySet<string>
  readonly look: number
  readonly focus: string | null
}

function Picture({ shape, every, found, look, focus }: PictureProps) {
  const places = usePlaces(shape)
  return (
    <section
      className="canvas"
      aria-label="Picture of the graph. The button As a list shows the same in words."
    >
      {places === null ? (
        <Loading lines={10} />
      ) : (
        <Canvas shape={shape} every={every} places={places} found={found} look={look} focus={focus} />
      )}
      <ul className="legend" aria-label="Legend">
        {Object.values(STATES).map(({ tone, label }) => (
          <li key={label}>
            <Mark tone={tone} /> {label}
          </li>
        ))}
        <li>
          <span className="legend-line runtime" aria-hidden="true" /> run time
        </li>
        <li>
          <span className="legend-line build" aria-hidden="true" /> build
        </li>
      </ul>
    </section>
  )
}

function GraphBar(props: {
  readonly list: ListQuery
  readonly focus: string | null
  readonly note: string
  readonly onLook: () => void
}) {
  const { list, focus, note, onLook } = props
  const asList = list.filter('as') === 'list'
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
      {focus === null ? (
        <Toggle list={list} name="implied" title="Also edges that longer ways imply">
          Implied edges
        </Toggle>
      ) : (
        <>
          <span className="chip focus-chip">
            around {nameOf(focus)}
            <Link href="/graph" aria-label="Show the whole graph" title="Show the whole graph">
              ×
            </Link>
          </span>
          <Toggle
            list={list}
            name="deep"
            title="Not only neighbours, but all it rests on and all that rests on it"
          >
            All the way
          </Toggle>
        </>
      )}
      <button
        type="button"
        className="button"
        aria-pressed={asList}
        onClick={() => list.choose('as', asList ? '' : 'list')}
      >
        As a list
      </button>
      <span className="quiet" role="status">
        {note}
      </span>
    </div>
  )
}

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
