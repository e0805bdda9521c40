// SPDX-License-Identifier: Apache-2.0
import { useState } from 'react'
import { formatCount } from '../../src/base/words.ts'
import type { StoredDocument } from '../../src/server/api.ts'
import { readSbom, type SbomRow, type SbomTable } from '../documents/spdx.ts'
import { formatTime } from '../format.ts'
import { Empty } from './answers.tsx'
import { DocumentView } from './document-view.tsx'
import { SearchField } from './search-field.tsx'
import { SortHeader } from './sort-header.tsx'
import { type Sort, type SortKey, sortRows } from './sort-rows.ts'
import { Fact, Facts, Section } from './words.tsx'

export function SbomView({ document }: { readonly document: StoredDocument | null }) {
  return (
    <DocumentView
      document={document}
      missing="There is no SBOM of this"
      read={readSbom}
      unread="This SBOM is in no form that can be shown as a table"
    >
      {(table) => <Sbom table={table} />}
    </DocumentView>
  )
}

function Sbom({ table }: { readonly table: SbomTable }) {
  return (
    <div className="columns">
      <SbomRows rows={table.rows} />
      <aside aria-label="The document">
        <Section title="Licences" id="licences" count={table.licences.length}>
          <ul className="tally">
            {table.licences.map(({ licence, count }) => (
              <li key={licence}>
                <span className="break">{licence || 'not declared'}</span>
                <span className="number">{count}</span>
              </li>
            ))}
          </ul>
        </Section>
        <Section title="Document" id="document">
          <Facts>
            <Fact name="name">{table.name}</Fact>
            <Fact name="created">{formatTime(table.created)}</Fact>
            <Fact name="by">{table.creators.join(', ')}</Fact>
            <Fact name="namespace">
              <span className="break">{table.namespace}</span>
            </Fact>
          </Facts>
        </Section>
      </aside>
    </div>
  )
}

const KEYS: Readonly<Record<string, SortKey<SbomRow>>> = {
  name: ({ name }) => name,
  version: ({ version }) => version || null,
  licence: ({ licence }) => licence || null,
  type: ({ type }) => type || null,
}

function SbomRows({ rows }: { readonly rows: readonly SbomRow[] }) {
  const [words, setWords] = useState('')
  const [sort, setSort] = useState<Sort>({ by: '', down: false })
  const wanted = words.toLowerCase()
  const found = rows.filter(({ name, licence, purl }) =>
    `${name} ${licence} ${purl}`.toLowerCase().includes(wanted),
  )
  const sorting = { sort, onSort: setSort }
  return (
    <Section
      title="What is inside"
      id="inside"
      count={rows.length}
      aside={
        <SearchField label="Search the SBOM" placeholder="Name or licence" words={words} onWords={setWords} />
      }
    >
      {found.length === 0 ? (
        <Empty title={`None of ${formatCount(rows.length, 'package')} matches`} />
      ) : (
        <div className="table-box">
          <table className="table">
            <thead>
              <tr>
                <SortHeader by="name" title="Package" {...sorting} />
                <SortHeader by="version" title="Version" {...sorting} />
                <SortHeader by="licence" title="Licence" {...sorting} />
                <SortHeader by="type" title="Type" {...sorting} />
              </tr>
            </thead>
            <tbody>
              {sortRows(found, sort, KEYS).map((row, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: documents of others may name one id twice
                <SbomLine key={`${index} ${row.id}`} row={row} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  )
}

function SbomLine({
  row: { name, version, licence, type, supplier, purl, subject },
}: {
  readonly row: SbomRow
}) {
  return (
    <tr>
      <th scope="row">
        {name}
        {subject && <span className="chip">subject</span>}
        <span className="description break">{purl || supplier}</span>
      </th>
      <td className="version">{version}</td>
      <td>{licence || <span className="quiet">not declared</span>}</td>
      <td>{type}</td>
    </tr>
  )
}
