// SPDX-License-Identifier: Apache-2.0
import { useId, useMemo } from 'react'
import { Link } from 'wouter'
import { formatCount } from '../../src/base/words.ts'
import { shortestPath } from '../../src/recipe/graph/shortest.ts'
import type { DistroGraph, GraphEdge } from '../../src/server/api.ts'
import type { ListQuery } from '../parts/use-list-query.ts'
import { needSets } from './shape.ts'
import { nameOf } from './use-places.ts'

/** Why one thing needs another: the shortest way between two names that are asked for. */
export function Way({ graph, list }: { readonly graph: DistroGraph; readonly list: ListQuery }) {
  const known = useMemo(() => new Map(graph.nodes.map(({ id }) => [nameOf(id), id])), [graph.nodes])
  const [from, to] = [idOf(known, list.filter('from')), idOf(known, list.filter('to'))]
  const way = useMemo(
    () => (from === null || to === null ? undefined : (shortestPath(needSets(graph), from, to) ?? null)),
    [graph, from, to],
  )
  const names = useId()
  return (
    <div className="graph-panel">
      <div className="way-ask">
        <NameField label="Why does" list={list} name="from" names={names} isKnown={from !== null} />
        <NameField label="need" list={list} name="to" names={names} isKnown={to !== null} />
        <datalist id={names}>
          {[...known.keys()].map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </div>
      <div role="status">
        {way === undefined ? (
          <p className="quiet">
            Name two recipes or images: the shortest way from one to the other is shown here.
          </p>
        ) : way === null ? (
          <p>
            {nameOf(from ?? '')} does not need {nameOf(to ?? '')}, not even through others.
          </p>
        ) : (
          <>
            <p className="quiet">{formatCount(way.length - 1, 'step')}:</p>
            <Steps ids={way} edges={graph.edges} />
          </>
        )}
      </div>
    </div>
  )
}

/** Names that follow each other, with what kind of need leads from each to the next. */
export function Steps({
  ids,
  edges,
}: {
  readonly ids: readonly string[]
  readonly edges: readonly GraphEdge[]
}) {
  return (
    <ol className="steps-of-way">
      {ids.map((id, index) => {
        const next = ids[index + 1]
        const kinds = edges.filter((edge) => edge.from === id && edge.to === next).map(({ kind }) => kind)
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a cycle ends with the name it begins with
          <li key={index}>
            <Link href={`/graph?focus=${encodeURIComponent(id)}`}>{nameOf(id)}</Link>
            {next !== undefined && (
              <span className="quiet">
                {' '}
                {kinds.includes('build') ? 'is built with' : 'needs at run time'}
              </span>
            )}
          </li>
        )
      })}
    </ol>
  )
}

function NameField(props: {
  readonly label: string
  readonly list: ListQuery
  readonly name: 'from' | 'to'
  readonly names: string
  readonly isKnown: boolean
}) {
  const { label, list, name, names, isKnown } = props
  const value = list.filter(name)
  const isWrong = value !== '' && !isKnown
  return (
    <label className="way-field">
      <span>{label}</span>
      <input
        list={names}
        value={nameOf(value)}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={isWrong}
        title={isWrong ? 'Nothing in the graph has this name' : undefined}
        onChange={(change) => list.choose(name, change.target.value)}
      />
    </label>
  )
}

function idOf(known: ReadonlyMap<string, string>, asked: string): string | null {
  return known.get(nameOf(asked)) ?? null
}
