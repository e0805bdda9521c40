// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import type { SourceStep } from './compile-step.ts'
import type { ExpandedSource } from './expanded.ts'

export function asSource({ uses, inputs, at }: SourceStep): ExpandedSource {
  const input = (name: string) => inputs.get(`inputs.${name}`) ?? ''
  if (uses === 'fetch')
    return {
      kind: 'fetch',
      uri: input('uri'),
      sha256: input('expected-sha256'),
      sha512: input('expected-sha512'),
      at,
    }
  const names = [...inputs].map(([name, value]) => [name.slice('inputs.'.length), value] as const)
  return {
    kind: 'git',
    repository: input('repository'),
    tag: input('tag'),
    branch: input('branch'),
    commit: input('expected-commit'),
    inputs: Object.fromEntries(names.sort(([a], [b]) => (a < b ? -1 : 1))),
    at,
  }
}

/** Where steps find what was fetched for them; `distro/pipelines/README.md` has the convention. */
export const SOURCES = '/var/cache/melange'

/** The name of a source below {@link SOURCES}: `sha256:<hex>`, `sha512:<hex>` or `git/<sha256 of the repository's URL>`. Undefined for a fetch without a digest. */
export function sourceMount(source: ExpandedSource): string | undefined {
  if (source.kind === 'git') return `git/${createHash('sha256').update(source.repository).digest('hex')}`
  if (source.sha256 !== '') return `sha256:${source.sha256}`
  return source.sha512 === '' ? undefined : `sha512:${source.sha512}`
}
