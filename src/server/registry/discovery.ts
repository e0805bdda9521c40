// SPDX-License-Identifier: Apache-2.0
import { type Content, jsonContent } from '../answer.ts'
import { pageOf } from './page.ts'
import { isProblem, type Problem, unknownName } from './problem.ts'
import type { AnyDigest } from './route.ts'
import type { ImageShelf, Referrer } from './shelf.ts'

/** What a repository calls its manifests. */
export async function tagsContent(
  f: { images: ImageShelf },
  name: string,
  url: URL,
): Promise<Content | Problem> {
  const all = await f.images.tags(name)
  if (all === undefined) return unknownName(name)
  const page = pageOf(all, url)
  return isProblem(page) ? page : withHeader(jsonContent({ name, tags: page.items }), 'link', page.link)
}

/** Every repository there is. */
export async function catalogContent(f: { images: ImageShelf }, url: URL): Promise<Content | Problem> {
  const page = pageOf(await f.images.names(), url)
  return isProblem(page) ? page : withHeader(jsonContent({ repositories: page.items }), 'link', page.link)
}

/** Never a 404, be the repository there or not: clients would take it that the registry knows no referrers (distribution-spec, "Listing Referrers"). */
export async function referrersContent(
  f: { images: ImageShelf },
  name: string,
  digest: AnyDigest,
  { searchParams }: URL,
): Promise<Content> {
  const all = digest === null ? [] : await f.images.referrers(name, digest)
  const wanted = searchParams.getAll('artifactType')
  const referrers =
    wanted.length === 0 ? all : all.filter(({ artifactType = '' }) => wanted.includes(artifactType))
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  const index = { schemaVersion: 2, mediaType, manifests: referrers.map(descriptorOf) }
  const applied = wanted.length === 0 ? undefined : 'artifactType'
  return withHeader(jsonContent(index, mediaType), 'oci-filters-applied', applied)
}

/** Image-spec, descriptor.md. */
function descriptorOf({ mediaType, digest, sizeBytes, artifactType, annotations }: Referrer) {
  return { mediaType, digest, size: sizeBytes, artifactType, annotations }
}

function withHeader(content: Content, name: string, value: string | undefined): Content {
  return value === undefined ? content : { ...content, headers: { ...content.headers, [name]: value } }
}
