// SPDX-License-Identifier: Apache-2.0
import { useQuery } from '@tanstack/react-query'
import { Link, useSearchParams } from 'wouter'
import type { ImageAnswer } from '../../src/server/api.ts'
import { queries } from '../api.ts'
import { imagePath } from '../links.ts'
import { Answer } from '../parts/answers.tsx'
import { StateBadge, VerdictBadge } from '../parts/badge.tsx'
import { ImageContents } from '../parts/image-contents.tsx'
import { ImageOverview } from '../parts/image-overview.tsx'
import { ProvenanceView } from '../parts/provenance-view.tsx'
import { SbomView } from '../parts/sbom-view.tsx'
import { DigestText, Tabs, useTitle } from '../parts/words.tsx'

export function ImagePage({ name }: { readonly name: string }) {
  useTitle(`${name} image`)
  return <Answer query={useQuery(queries.image(name))}>{(image) => <ImageView image={image} />}</Answer>
}

function ImageView({ image }: { readonly image: ImageAnswer }) {
  const [query] = useSearchParams()
  const show = query.get('show') ?? 'overview'
  const { name, description, state, tags, digest, tested, arch } = image
  return (
    <>
      <header className="head">
        <p className="crumbs">
          <Link href="/images">Images</Link>
        </p>
        <div className="head-title">
          <h1>{name}</h1>
          {tags.map((tag) => (
            <code key={tag} className="chip">
              {tag}
            </code>
          ))}
          <StateBadge state={state} />
          {tested !== 'waiting' && <VerdictBadge verdict={tested} of="tests" />}
        </div>
        <p className="lead">{description}</p>
        <ul className="head-facts">
          <li>{arch}</li>
          {digest !== null && (
            <li>
              <DigestText digest={digest} digits={16} label="the digest of the image" />
            </li>
          )}
          <li>
            <Link href={`/graph?focus=${encodeURIComponent(`image:${name}`)}`}>in the graph</Link>
          </li>
        </ul>
      </header>
      <Tabs
        at={show}
        path={(tab) => (tab === 'overview' ? imagePath(name) : `${imagePath(name)}?show=${tab}`)}
        tabs={[
          { id: 'overview', label: 'Overview' },
          { id: 'contents', label: 'Contents', count: image.contents.length },
          { id: 'sbom', label: 'SBOM' },
          { id: 'provenance', label: 'Provenance' },
        ]}
      />
      <Shown show={show} image={image} />
    </>
  )
}

function Shown({ show, image }: { readonly show: string; readonly image: ImageAnswer }) {
  switch (show) {
    case 'contents':
      return <ImageContents image={image} />
    case 'sbom':
      return <SbomView document={image.sbom} />
    case 'provenance':
      return <ProvenanceView document={image.provenance} />
    default:
      return <ImageOverview image={image} />
  }
}
