// SPDX-License-Identifier: Apache-2.0
import { redactUrl } from '../base/index.ts'
import { purl } from './purl.ts'

/** A source as its recipe names it; that of an expanded recipe fits. Digests and the commit are hex, '' when not given. */
export type AttestedSource =
  | { readonly kind: 'fetch'; readonly uri: string; readonly sha256: string; readonly sha512: string }
  | { readonly kind: 'git'; readonly repository: string; readonly tag: string; readonly commit: string }

/** A file of the distribution that went into a build: a recipe, a patch beside it, an image definition. */
export interface AttestedFile {
  /** Relative to the distribution, such as `packages/zlib.yaml`. */
  readonly path: string
  /** `sha256:…`. */
  readonly digest: string
}

/** A source in the words that SPDX documents and provenance share. */
export interface DescribedSource {
  /** A file's or repository's name. */
  readonly name: string
  /** A commit or tag, '' for a fetched file. */
  readonly version: string
  /** A URI without credentials; undefined when it cannot be written as one. */
  readonly uri: string | undefined
  readonly purl: string
  /** By SLSA's names of algorithms, in their order. */
  readonly digest: Readonly<Record<string, string>>
}

const DEBIAN_SOURCE = /^debian-source:([^=\s]+)=([^/\s]+)\/([^/\s]+)$/

export function describeSource(source: AttestedSource): DescribedSource {
  return source.kind === 'fetch' ? describeFetch(source) : describeGit(source)
}

function describeFetch(source: AttestedSource & { kind: 'fetch' }): DescribedSource {
  const uri = publicUri(source.uri)
  const name = lastPart(uri ?? source.uri)
  const digest = {
    ...(source.sha256 === '' ? {} : { sha256: source.sha256.toLowerCase() }),
    ...(source.sha512 === '' ? {} : { sha512: source.sha512.toLowerCase() }),
  }
  const checksum = Object.entries(digest).map(([algorithm, hex]) => `${algorithm}:${hex}`)
  const [, debianName = '', debianVersion = ''] = DEBIAN_SOURCE.exec(source.uri) ?? []
  return {
    name,
    version: '',
    uri,
    purl:
      debianName === ''
        ? purl('generic', '', name, '', { checksum: checksum.join(','), download_url: uri ?? '' })
        : purl('deb', 'debian', debianName, debianVersion, { arch: 'source' }),
    digest,
  }
}

function describeGit({ repository, tag, commit }: AttestedSource & { kind: 'git' }): DescribedSource {
  const plain = publicUri(repository)
  const name = lastPart(plain ?? repository).replace(/(?<=.)\.git$/, '')
  const version = (commit || tag).toWellFormed()
  const at = version === '' ? '' : `@${encodeURIComponent(version).replaceAll('%2F', '/')}`
  const uri = plain === undefined ? undefined : `git+${plain.replaceAll('@', '%40')}${at}`
  const [, owner = '', project = ''] =
    /^https:\/\/github\.com\/([^/]+)\/([^/]+?)(?:\.git)?\/?$/.exec(plain ?? '') ?? []
  return {
    name,
    version,
    uri,
    purl:
      owner === ''
        ? purl('generic', '', name, version, { vcs_url: uri ?? '' })
        : purl('github', owner, project, version, {}),
    digest: commit === '' ? {} : { gitCommit: commit.toLowerCase() },
  }
}

/** What is published may name a place, but not who may read it: user, password and queries that look like credentials are dropped. */
function publicUri(text: string): string | undefined {
  const uri = URL.parse(text.replace(/^(?:[\w.-]+@)?([\w.-]+):(?!\/\/)(?=[\w./-]+\.git$)/, 'ssh://$1/'))
  if (uri === null) return undefined
  uri.username = ''
  uri.password = ''
  uri.hash = ''
  if (redactUrl(uri.href) !== uri.href) uri.search = ''
  return uri.href
}

function lastPart(uri: string): string {
  const path = uri
    .toWellFormed()
    .replace(/[?#].*$/, '')
    .replace(/\/+$/, '')
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf(':')) + 1).trim() || 'source'
}
