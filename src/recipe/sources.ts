// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import type { SourceStep } from './compile-step.ts'
import type { ExpandedSource } from './expanded.ts'

export function asSource({ uses, inputs, place }: SourceStep): ExpandedSource {
  const input = (name: string) => inputs.get(`inputs.${name}`) ?? ''
  if (uses === 'fetch')
    return {
      kind: 'fetch',
      uri: input('uri'),
      sha256: input('expected-sha256'),
      sha512: input('expected-sha512'),
      get at() {
        return place()
      },
    }
  const names = [...inputs].map(([name, value]) => [name.slice('inputs.'.length), value] as const)
  return {
    kind: 'git',
    repository: input('repository'),
    tag: input('tag'),
    branch: input('branch'),
    commit: input('expected-commit'),
    inputs: Object.fromEntries(names.sort(([a], [b]) => (a < b ? -1 : 1))),
    get at() {
      return place()
    },
  }
}

/** Where steps find what was fetched for them; `distro/pipelines/README.md` has the convention. */
export const SOURCES = '/var/cache/melange'

/**
 * The name of a source below {@link SOURCES}: `sha256:<hex>`, `sha512:<hex>`, or `git/<hex>` for what a git-checkout is told ({@link PLACE_INPUTS}), so that one recipe may check out one repository twice.
 * Undefined for a fetch without a digest.
 */
export function sourceMount(source: ExpandedSource): string | undefined {
  if (source.kind === 'git') {
    const { repository, inputs } = source
    const lines = PLACE_INPUTS.map((name) => (inputs[name] ?? '').replace(/\n+$/, ''))
    return `git/${createHash('sha256')
      .update([repository, ...lines].join('\n'))
      .digest('hex')}`
  }
  if (source.sha256 !== '') return `sha256:${source.sha256}`
  return source.sha512 === '' ? undefined : `sha512:${source.sha512}`
}

/** What of a git-checkout's inputs decides what its repository holds, in the order in which its pipeline hashes them, one a line behind the repository. */
const PLACE_INPUTS = [
  ...['branch', 'tag', 'expected-commit', 'expected-commit-is-branch-tip', 'depth'],
  ...['recurse-submodules', 'shallow-submodules', 'cherry-picks'],
] as const

/** What of git-checkout's inputs says how it is fetched and spoken of, and changes nothing that a build sees. */
export const FETCH_ONLY_INPUTS: ReadonlySet<string> = new Set([
  ...['type-hint', 'max-retries', 'initial-backoff', 'max-backoff', 'reason'],
])
