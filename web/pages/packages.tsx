// SPDX-License-Identifier: Apache-2.0
import { useQuery } from '@tanstack/react-query'
import { useDeferredValue, useMemo } from 'react'
import { Link } from 'wouter'
import { formatBytes } from '../../src/base/words.ts'
import type { PackageSummary } from '../../src/server/api.ts'
import { queries } from '../api.ts'
import { formatFound } from '../format.ts'
import { packagePath } from '../links.ts'
import { Answer, Empty } from '../parts/answers.tsx'
import { REPRODUCTIONS, ReproducedBadge, STATES, StateBadge } from '../parts/badge.tsx'
import { findNames } from '../parts/find-names.ts'
import { SearchField } from '../parts/search-field.tsx'
import { SortHeader } from '../parts/sort-header.tsx'
import { type SortKey, sortRows } from '../parts/sort-rows.ts'
import { useListQuery } from '../parts/use-list-query.ts'
import { Ago, useTitle } from '../parts/words.tsx'

const KEYS: Readonly<Record<string, SortKey<PackageSummary>>> = {
  name: ({ name }) => name,
  version: ({ version }) => version,
  edge: ({ channels }) => channels.edge,
  stable: ({ channels }) => channels.stable,
  size: ({ sizeBytes }) => sizeBytes,
  built: ({ builtAt }) => builtAt,
  reproduced: ({ reproduced }) => ['same', 'waiting', 'different'].indexOf(reproduced),
  state: ({ state }) => ['failed', 'running', 'waiting', 'done'].indexOf(state),
}

export function PackagesPage() {
  useTitle('Packages')
  const query = useQuery(queries.packages())
  return (
    <>
      <h1 className="page-title">Packages</h1>
      <Answer query={query} lines={12}>
        {(packages) =>
          packages.length === 0 ? (
            <Empty title="There is no package yet">
              Put a recipe into <code>distro/packages/</code>, and the factory plans it by itself.
            </Empty>
          ) : (
            <PackageList packages={packages} />
          )
        }
      </Answer>
    </>
  )
}

function PackageList({ packages }: { readonly packages: readonly PackageSummary[] }) {
  const list = useListQuery('name')
  const words = useDeferredValue(list.words)
  const [state, reproduced] = [list.filter('state'), list.filter('reproduced')]
  const shown = useMemo(() => {
    const chosen = packages.filter(
      (one) => (state === '' || one.state === state) && (reproduced === '' || one.reproduced === reproduced),
    )
    const found = words.trim() === '' ? chosen : findNames(chosen, words, chosen.length)
    // What was searched for stands best match first, until a column is chosen.
    return words.trim() !== '' && !list.sorted ? found : sortRows(found, list.sort, KEYS)
  }, [packages, words, state, reproduced, list.sort, list.sorted])
  return (
    <>
      <div className="toolbar">
        <SearchField
          label="Search packages"
          placeholder="Search by name or description"
          words={list.words}
          onWords={list.search}
          grow
        />
        <select
          className="button"
          aria-label="State"
          value={state}
          onChange={(change) => list.choose('state', change.target.value)}
        >
          <option value="">Any state</option>
          {Object.entries(STATES).map(([value, { label }]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <select
          className="button"
          aria-label="Reproduced"
          value={reproduced}
          onChange={(change) => list.choose('reproduced', change.target.value)}
        >
          <option value="">Reproduced or not</option>
          {Object.entries(REPRODUCTIONS).map(([value, { label }]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <span className="quiet" role="status">
          {formatFound(shown.length, packages.length, 'package')}
        </span>
      </div>
      {shown.length === 0 ? (
        <Empty title="No package matches">
          <button type="button" className="link-button" onClick={list.clear}>
            Show all of them
          </button>
        </Empty>
      ) : (
        <PackageTable rows={shown} list={list} />
      )}
    </>
  )
}

const BY_MATCH = { by: '', down: false } as const

function PackageTable(props: {
  readonly rows: readonly PackageSummary[]
  readonly list: ReturnType<typeof useListQuery>
}) {
  const { rows, list } = props
  const byMatch = list.words.trim() !== '' && !list.sorted
  const sorting = { sort: byMatch ? BY_MATCH : list.sort, onSort: list.sortBy }
  return (
    <div className="table-box">
      <table className="table packages">
        <caption className="sr-only">Packages</caption>
        <thead>
          <tr>
            <SortHeader by="name" title="Package" {...sorting} />
            <SortHeader by="edge" title="Edge" {...sorting} />
            <SortHeader by="stable" title="Stable" {...sorting} />
            <SortHeader by="size" title="Size" className="right" {...sorting} />
            <SortHeader by="built" title="Built" {...sorting} />
            <SortHeader by="reproduced" title="Reproduced" {...sorting} />
            <SortHeader by="state" title="State" {...sorting} />
          </tr>
        </thead>
        <tbody>
          {rows.map((one) => (
            <PackageRow key={one.name} one={one} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function PackageRow({ one }: { readonly one: PackageSummary }) {
  const { name, origin, description, version, channels, sizeBytes, builtAt, reproduced, state } = one
  const { edge, stable } = channels
  return (
    <tr>
      <th scope="row">
        <Link href={packagePath(name)}>{name}</Link>
        {origin !== name && <span className="quiet"> of {origin}</span>}
        <span className="description">{description}</span>
      </th>
      <td className="version" data-label="edge">
        {edge ?? (
          <span className="none" title={`the recipe says ${version}`}>
            {version}
          </span>
        )}
      </td>
      <td className="version" data-label="stable">
        {stable === null ? (
          <span className="none">–</span>
        ) : stable === edge ? (
          <span className="same">{stable}</span>
        ) : (
          stable
        )}
      </td>
      <td className="right number" data-label="size">
        {sizeBytes === null ? '–' : formatBytes(sizeBytes)}
      </td>
      <td className="quiet" data-label="built">
        {builtAt === null ? 'never' : <Ago at={builtAt} />}
      </td>
      <td>
        <ReproducedBadge result={reproduced} />
      </td>
      <td>
        <StateBadge state={state} />
      </td>
    </tr>
  )
}
