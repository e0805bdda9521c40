// SPDX-License-Identifier: Apache-2.0
import PQueue from 'p-queue'
import { type Digest, type Emit, type Location, MillraceError, redactUrl } from '../base/index.ts'
import { type ExpandedSource, sourceMount } from '../recipe/index.ts'
import {
  type FetchedSource,
  fetchGitSource,
  fetchSource,
  type GitServices,
  type SourceServices,
} from '../source/index.ts'

/** What sources are fetched with. */
export type SourceFetcherServices = SourceServices & GitServices & { readonly emit: Emit }

/** Brings sources into the store, a few at once, each once whoever asks. */
export interface SourceFetcher {
  /** Begins to fetch what will be needed, in this order; failures are told when it is asked for. */
  prefetch(sources: readonly ExpandedSource[], recipe: string, signal: AbortSignal): void
  /**
   * The blobs of sources, by their place below `/var/cache/melange`.
   *
   * @throws MillraceError SOURCE_NOT_FOUND, SOURCE_DIGEST_MISMATCH, GIT_HOSTILE, RECIPE_INVALID, CANCELLED
   */
  readonly fetch: (
    sources: readonly ExpandedSource[],
    recipe: string,
    signal: AbortSignal,
  ) => Promise<ReadonlyMap<string, Digest>>
}

const AT_ONCE = 3

export function openSourceFetcher(f: SourceFetcherServices): SourceFetcher {
  const queue = new PQueue({ concurrency: AT_ONCE })
  const underWay = new Map<string, Promise<Digest>>()
  const one = (source: ExpandedSource, recipe: string, signal: AbortSignal, priority: number) => {
    const place = sourceMount(source)
    if (place === undefined) throw withoutDigest(source, recipe)
    const known = underWay.get(place)
    if (known !== undefined) return known
    const fetching = queue
      .add(() => fetchOne(f, source, recipe, signal), { priority })
      .finally(() => underWay.delete(place))
    underWay.set(place, fetching)
    return fetching
  }
  return {
    prefetch: (sources, recipe, signal) => {
      // Who needs it asks again and hears why; a recipe that is never built needs no complaint.
      for (const source of sources)
        if (sourceMount(source) !== undefined) one(source, recipe, signal, 0).catch(() => {})
    },
    fetch: async (sources, recipe, signal) => {
      const digests = await Promise.all(sources.map((source) => one(source, recipe, signal, 1)))
      return new Map(sources.map((source, index) => [sourceMount(source) ?? '', digests[index] as Digest]))
    },
  }
}

async function fetchOne(
  f: SourceFetcherServices,
  source: ExpandedSource,
  recipe: string,
  signal: AbortSignal,
): Promise<Digest> {
  const uri = source.kind === 'git' ? source.repository : source.uri
  const name = uri.slice(uri.replace(/\/+$/, '').lastIndexOf('/') + 1) || recipe
  const task = `fetch:${sourceMount(source)}`
  const startedMs = performance.now()
  let told = false
  const emit: Emit = (event) => {
    // What the store has is no work, and is not told.
    if (!told) f.emit({ type: 'task.started', task, kind: 'fetch', subject: name })
    told = true
    f.emit(event)
  }
  const end = (outcome: 'passed' | 'failed' | 'cancelled', summary: string) => {
    if (told || outcome !== 'passed')
      emit({ type: 'task.ended', task, outcome, durationMs: performance.now() - startedMs, summary })
  }
  try {
    const fetched = await fetchKind({ ...f, emit }, source, { name, task, at: source.at }, signal)
    end('passed', fetched.from)
    return fetched.digest
  } catch (error) {
    end(signal.aborted ? 'cancelled' : 'failed', error instanceof MillraceError ? error.why : String(error))
    throw error
  }
}

function fetchKind(
  f: SourceFetcherServices,
  source: ExpandedSource,
  told: { readonly name: string; readonly task: string; readonly at: Location | undefined },
  signal: AbortSignal,
): Promise<FetchedSource> {
  if (source.kind === 'git') {
    const { repository, inputs } = source
    return fetchGitSource(f, { repository, inputs, ...told }, signal)
  }
  const { uri, sha256, sha512 } = source
  return fetchSource(f, { uri, sha256, sha512, ...told }, signal)
}

function withoutDigest(source: ExpandedSource, recipe: string): MillraceError {
  const uri = source.kind === 'git' ? source.repository : source.uri
  return new MillraceError('RECIPE_INVALID', {
    what: `fetching the sources of ${recipe}`,
    why: `${redactUrl(uri)} is named without a digest, and what cannot be verified is not fetched`,
    fix: 'add expected-sha256 (sha256sum prints it)',
    at: source.at,
  })
}
