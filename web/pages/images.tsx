// SPDX-License-Identifier: Apache-2.0
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { formatBytes } from '../../src/base/words.ts'
import type { ImageSummary } from '../../src/server/api.ts'
import { queries } from '../api.ts'
import { formatFound } from '../format.ts'
import { imagePath } from '../links.ts'
import { Answer, Empty } from '../parts/answers.tsx'
import { StateBadge, VerdictBadge } from '../parts/badge.tsx'
import { findNames } from '../parts/find-names.ts'
import { SearchField } from '../parts/search-field.tsx'
import { useListQuery } from '../parts/use-list-query.ts'
import { Ago, useTitle } from '../parts/words.tsx'

export function ImagesPage() {
  useTitle('Images')
  const query = useQuery(queries.images())
  return (
    <>
      <h1 className="page-title">Images</h1>
      <Answer query={query}>
        {(images) =>
          images.length === 0 ? (
            <Empty title="There is no image yet">
              Put its configuration into <code>distro/images/</code>, and it is built once its packages are
              there.
            </Empty>
          ) : (
            <ImageList images={images} />
          )
        }
      </Answer>
    </>
  )
}

function ImageList({ images }: { readonly images: readonly ImageSummary[] }) {
  const list = useListQuery('name')
  const shown = list.words.trim() === '' ? images : findNames(images, list.words, images.length)
  return (
    <>
      <div className="toolbar">
        <SearchField
          label="Search images"
          placeholder="Search by name or description"
          words={list.words}
          onWords={list.search}
          grow
        />
        <span className="quiet" role="status">
          {formatFound(shown.length, images.length, 'image')}
        </span>
      </div>
      {shown.length === 0 ? (
        <Empty title="No image matches" />
      ) : (
        <ul className="cards">
          {shown.map((image) => (
            <ImageCard key={image.name} image={image} />
          ))}
        </ul>
      )}
    </>
  )
}

function ImageCard({ image }: { readonly image: ImageSummary }) {
  const { name, description, state, tags, sizeBytes, layers, packages, builtAt, tested } = image
  return (
    <li className="card">
      <div className="card-head">
        <h2>
          <Link href={imagePath(name)}>{name}</Link>
        </h2>
        <StateBadge state={state} />
      </div>
      <p className="lead">{description}</p>
      <p className="tags">
        {tags.slice(0, 4).map((tag) => (
          <code key={tag} className="chip">
            {tag}
          </code>
        ))}
        {tags.length > 4 && <span className="quiet">and {tags.length - 4} more</span>}
        {tags.length === 0 && <span className="quiet">never built</span>}
      </p>
      <dl className="card-facts">
        <div>
          <dt>size</dt>
          <dd>{builtAt === null ? '–' : formatBytes(sizeBytes)}</dd>
        </div>
        <div>
          <dt>layers</dt>
          <dd>{layers}</dd>
        </div>
        <div>
          <dt>packages</dt>
          <dd>{packages}</dd>
        </div>
        <div>
          <dt>built</dt>
          <dd>{builtAt === null ? '–' : <Ago at={builtAt} />}</dd>
        </div>
        <div>
          <dt>tested</dt>
          <dd>
            <VerdictBadge verdict={tested} />
          </dd>
        </div>
      </dl>
    </li>
  )
}
