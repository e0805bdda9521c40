// SPDX-License-Identifier: Apache-2.0
import { isMillraceError } from '../../base/index.ts'
import { answerContent, type Content, jsonContent } from '../answer.ts'
import type { BlobServices } from '../blob-content.ts'
import type { WebHandler } from '../catalog.ts'
import { catalogContent, referrersContent, tagsContent } from './discovery.ts'
import { answerMillraceError, answerProblem, isProblem, type Problem } from './problem.ts'
import { manifestContent, repositoryBlobContent } from './pull.ts'
import { parseRoute, type Route } from './route.ts'
import type { ImageShelf } from './shelf.ts'

export interface RegistryServices extends BlobServices {
  readonly images: ImageShelf
}

/** The Pull and Content Discovery categories of the OCI distribution-spec 1.1, and `/v2/_catalog` as registries before it had it. Nothing is pushed or deleted over HTTP. */
export function makeRegistry(f: RegistryServices): WebHandler {
  return async (request) => {
    const answer = await answerRequest(f, request)
    answer.headers.set('docker-distribution-api-version', 'registry/2.0')
    return answer
  }
}

async function answerRequest(f: RegistryServices, request: Request): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return answerProblem(readOnly(request))
  try {
    const url = new URL(request.url)
    const route = parseRoute(url.pathname)
    const found = isProblem(route) ? route : await find(f, route, url, request.headers.get('accept'))
    return isProblem(found) ? answerProblem(found) : await answerContent(request, found)
  } catch (error) {
    if (isMillraceError(error)) return answerMillraceError(error)
    throw error
  }
}

function find(
  f: RegistryServices,
  route: Route,
  url: URL,
  accept: string | null,
): Promise<Content | Problem> {
  switch (route.kind) {
    case 'base':
      return Promise.resolve(jsonContent({}))
    case 'catalog':
      return catalogContent(f, url)
    case 'tags':
      return tagsContent(f, route.name, url)
    case 'manifest':
      return manifestContent(f, route.name, route.reference, accept)
    case 'blob':
      return repositoryBlobContent(f, route.name, route.digest)
    case 'referrers':
      return referrersContent(f, route.name, route.digest, url)
  }
}

function readOnly({ method }: Request): Problem {
  const message = `${method.slice(0, 20)} is not supported: images come from builds, this registry only gives them out`
  return { code: 'UNSUPPORTED', message }
}
