// SPDX-License-Identifier: Apache-2.0
import { useState } from 'react'
import { Link } from 'wouter'
import { formatBytes } from '../../src/base/words.ts'
import type { ImageAnswer, ImagePackage } from '../../src/server/api.ts'
import { packagePath } from '../links.ts'
import { Empty } from './answers.tsx'
import { SortHeader } from './sort-header.tsx'
import { type Sort, type SortKey, sortRows } from './sort-rows.ts'
import { Section } from './words.tsx'

const KEYS: Readonly<Record<string, SortKey<ImagePackage>>> = {
  name: ({ name }) => name,
  version: ({ version }) => version,
  licence: ({ license }) => license,
  size: ({ installedBytes }) => installedBytes,
}

/** The packages an image is made of. */
export function ImageContents({ image: { contents } }: { readonly image: ImageAnswer }) {
  const [sort, setSort] = useState<Sort>({ by: 'size', down: true })
  const sorting = { sort, onSort: setSort }
  const total = contents.reduce((sum, { installedBytes }) => sum + installedBytes, 0)
  if (contents.length === 0) return <Empty title="It was not built yet" />
  return (
    <Section
      title="Packages"
      id="packages"
      count={contents.length}
      aside={<span className="quiet">{formatBytes(total)} installed</span>}
    >
      <div className="table-box">
        <table className="table">
          <thead>
            <tr>
              <SortHeader by="name" title="Package" {...sorting} />
              <SortHeader by="version" title="Version" {...sorting} />
              <SortHeader by="licence" title="Licence" {...sorting} />
              <SortHeader by="size" title="Installed" className="right" {...sorting} />
            </tr>
          </thead>
          <tbody>
            {sortRows(contents, sort, KEYS).map(({ name, version, license, installedBytes }) => (
              <tr key={name}>
                <th scope="row">
                  <Link href={packagePath(name)}>{name}</Link>
                </th>
                <td className="version">{version}</td>
                <td>{license}</td>
                <td className="right number">{formatBytes(installedBytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  )
}
