// SPDX-License-Identifier: Apache-2.0
import { useState } from 'react'
import { Link } from 'wouter'
import { formatCount } from '../../src/base/words.ts'
import { packagePath } from '../links.ts'
import { Empty } from './answers.tsx'
import { SearchField } from './search-field.tsx'
import { DigestText, OutLink } from './words.tsx'

/** What was fetched and verified before the build. */
export function Sources(props: {
  readonly sources: readonly { readonly uri: string; readonly digest: string }[]
}) {
  if (props.sources.length === 0) return <Empty title="No sources: everything comes from the recipe" />
  return (
    <ul className="lines">
      {props.sources.map(({ uri, digest }) => (
        <li key={`${uri} ${digest}`}>
          <OutLink url={uri} />
          {digest !== '' && <DigestText digest={digest} digits={20} label="the digest of the source" />}
        </li>
      ))}
    </ul>
  )
}

export interface EnvironmentRow {
  readonly name: string
  readonly version: string
  readonly from: 'seed' | 'distro'
  readonly digest?: string
}

const FEW = 24

/** The packages that a build ran on, those of the seed marked. */
export function EnvironmentTable({ packages }: { readonly packages: readonly EnvironmentRow[] }) {
  const [words, setWords] = useState('')
  const [all, setAll] = useState(false)
  if (packages.length === 0) return <Empty title="No package of an environment is named" />
  const seed = packages.filter(({ from }) => from === 'seed').length
  const found = packages.filter(({ name }) => name.includes(words.trim().toLowerCase()))
  const shown = all || words !== '' ? found : found.slice(0, FEW)
  return (
    <>
      <div className="toolbar">
        <p className="share">
          <span className="share-bar" aria-hidden="true">
            <span className="seed" style={{ flexGrow: seed }} />
            <span className="distro" style={{ flexGrow: packages.length - seed }} />
          </span>
          {formatCount(seed, 'package')} of the seed, {(packages.length - seed).toLocaleString('en-US')} of
          the distro
        </p>
        {packages.length > FEW && (
          <SearchField label="Search the environment" placeholder="Search" words={words} onWords={setWords} />
        )}
      </div>
      {found.length === 0 && <Empty title="No package of the environment matches" />}
      <ul className="lines environment">
        {shown.map(({ name, version, from, digest = '' }) => (
          <li key={`${name} ${version}`}>
            {from === 'distro' ? <Link href={packagePath(name)}>{name}</Link> : <span>{name}</span>}
            <span className="version">{version}</span>
            <span className={`chip ${from}`}>{from}</span>
            {digest !== '' && <DigestText digest={digest} digits={8} label={`the digest of ${name}`} />}
          </li>
        ))}
      </ul>
      {shown.length < found.length && (
        <button type="button" className="link-button" onClick={() => setAll(true)}>
          Show all {found.length.toLocaleString('en-US')}
        </button>
      )}
    </>
  )
}
