// SPDX-License-Identifier: Apache-2.0
import { useQuery } from '@tanstack/react-query'
import { Link, useLocation, useSearchParams } from 'wouter'
import type { PackageDetail, PackageVersion } from '../../src/server/api.ts'
import { queries } from '../api.ts'
import { packagePath } from '../links.ts'
import { Answer, Empty } from '../parts/answers.tsx'
import { ChannelChip, StateBadge } from '../parts/badge.tsx'
import { Dependencies } from '../parts/dependencies.tsx'
import { PackageOverview } from '../parts/package-overview.tsx'
import { ProvenanceView } from '../parts/provenance-view.tsx'
import { SbomView } from '../parts/sbom-view.tsx'
import { OutLink, Tabs, useTitle } from '../parts/words.tsx'

export function PackagePage({ name }: { readonly name: string }) {
  useTitle(name)
  return (
    <Answer query={useQuery(queries.package(name))}>{(detail) => <PackageView detail={detail} />}</Answer>
  )
}

function PackageView({ detail }: { readonly detail: PackageDetail }) {
  const [query] = useSearchParams()
  const asked = query.get('version')
  const version = detail.versions.find((one) => one.version === asked) ?? detail.versions[0]
  const show = query.get('show') ?? 'overview'
  const path = (tab: string, of = asked) => {
    const next = new URLSearchParams()
    if (of !== null && of !== detail.versions[0]?.version) next.set('version', of)
    if (tab !== 'overview') next.set('show', tab)
    return `${packagePath(detail.name)}${next.size === 0 ? '' : `?${next}`}`
  }
  return (
    <>
      <PackageHead detail={detail} version={version} versionPath={(of) => path(show, of)} />
      <Tabs
        at={show}
        path={path}
        tabs={[
          { id: 'overview', label: 'Overview' },
          {
            id: 'dependencies',
            label: 'Dependencies',
            count: (version?.dependencies.length ?? 0) + detail.dependents.length,
          },
          { id: 'sbom', label: 'SBOM' },
          { id: 'provenance', label: 'Provenance' },
        ]}
      />
      <Shown show={show} detail={detail} version={version} versionPath={(of) => path('overview', of)} />
    </>
  )
}

interface ShownProps {
  readonly show: string
  readonly detail: PackageDetail
  readonly version: PackageVersion | undefined
  readonly versionPath: (version: string) => string
}

function Shown({ show, detail, version, versionPath }: ShownProps) {
  switch (show) {
    case 'dependencies':
      return <Dependencies version={version} dependents={detail.dependents} />
    case 'sbom':
      return version === undefined ? <Unpublished what="SBOM" /> : <SbomView document={version.sbom} />
    case 'provenance':
      return version === undefined ? (
        <Unpublished what="provenance" />
      ) : (
        <ProvenanceView document={version.provenance} />
      )
    default:
      return <PackageOverview detail={detail} version={version} versionPath={versionPath} />
  }
}

function PackageHead(props: Omit<ShownProps, 'show'>) {
  const { detail, version, versionPath } = props
  const { name, origin, siblings, description, license, url, state, versions } = detail
  const [, navigate] = useLocation()
  return (
    <header className="head">
      <p className="crumbs">
        <Link href="/packages">Packages</Link>
        {origin !== name && <> / {origin}</>}
      </p>
      <div className="head-title">
        <h1>{name}</h1>
        {versions.length > 1 ? (
          <select
            className="button version"
            aria-label="Version"
            value={version?.version}
            onChange={(change) => navigate(versionPath(change.target.value))}
          >
            {versions.map((one) => (
              <option key={one.version}>{one.version}</option>
            ))}
          </select>
        ) : (
          <span className="version">{version?.version ?? detail.version}</span>
        )}
        {version?.channels.map((channel) => (
          <ChannelChip key={channel} channel={channel} />
        ))}
        <StateBadge state={state} />
      </div>
      <p className="lead">{description}</p>
      <ul className="head-facts">
        <li>licence {license}</li>
        {url !== '' && (
          <li>
            <OutLink url={url} />
          </li>
        )}
        {siblings.length > 0 && (
          <li>
            same origin:{' '}
            {siblings.map((one) => (
              <Link key={one} href={packagePath(one)}>
                {one}
              </Link>
            ))}
          </li>
        )}
        <li>
          <Link href={`/graph?focus=${encodeURIComponent(origin)}`}>in the graph</Link>
        </li>
      </ul>
    </header>
  )
}

function Unpublished({ what }: { readonly what: string }) {
  return (
    <Empty title={`No ${what} yet`}>
      It comes with the first published version; the attempts are in the overview.
    </Empty>
  )
}
