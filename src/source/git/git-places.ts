// SPDX-License-Identifier: Apache-2.0
import { basename, join } from 'node:path'
import { exists, redactUrl } from '../../base/index.ts'
import { type GitUrl, isGitUrl, parseGitUrl } from './git-url.ts'

/** Where else repositories may be had. What they give is checked by its commit, as upstream's is. */
export type GitMirror =
  /** URLs that begin with `from` are looked for where `to` stands in its place: a URL, or an absolute directory of bare repositories. */
  | { readonly kind: 'git-mirror'; readonly from: string; readonly to: string }
  /** A directory of files that git-bundle(1) made: `HOST/PATH.bundle` or `NAME.bundle`. */
  | { readonly kind: 'git-bundle'; readonly directory: string }

/** One place to ask for a repository. */
export interface GitPlace {
  /** What messages call it. */
  readonly name: string
  /** What git is told. */
  readonly url: GitUrl
  /** The operator named it: it may be a directory of this machine, and belong to somebody else. */
  readonly isMirror: boolean
}

/** The places of a repository, upstream's own first, then mirrors in their order. Only what is there of this machine's files is among them. */
export async function placesOf(url: GitUrl, mirrors: readonly GitMirror[]): Promise<GitPlace[]> {
  const places: GitPlace[] = [{ name: redactUrl(url.href), url, isMirror: false }]
  for (const mirror of mirrors) {
    const found =
      mirror.kind === 'git-mirror' ? await rewritten(url, mirror) : await bundled(url, mirror.directory)
    if (found !== undefined) places.push(found)
  }
  return places
}

async function rewritten(
  url: GitUrl,
  { from, to }: GitMirror & { kind: 'git-mirror' },
): Promise<GitPlace | undefined> {
  if (!url.href.startsWith(from)) return undefined
  const rest = url.href.slice(from.length)
  if (!to.startsWith('/')) return placeAt(`${to}${rest}`)
  if (rest.split('/').includes('..')) return undefined
  const plain = join(to, rest)
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
  return firstThere([`${plain}.git`, plain])
}

/** @param directory of `github.com/o/name.bundle` or `name.bundle` for `https://github.com/o/name.git`. */
async function bundled({ href, host, protocol }: GitUrl, directory: string): Promise<GitPlace | undefined> {
  const path = (
    protocol === 'file' ? href.slice('file://'.length) : href.slice(href.indexOf(host) + host.length)
  )
    .replace(/^[:/]+|\/+$/g, '')
    .replace(/\.git$/, '')
  if (path === '' || path.split('/').includes('..')) return undefined
  return firstThere([join(directory, host, `${path}.bundle`), join(directory, `${basename(path)}.bundle`)])
}

async function firstThere(paths: readonly string[]): Promise<GitPlace | undefined> {
  for (const path of paths) if (await exists(path)) return placeAt(path)
  return undefined
}

function placeAt(text: string): GitPlace | undefined {
  const url = parseGitUrl(text)
  return isGitUrl(url) ? { name: redactUrl(url.href), url, isMirror: true } : undefined
}
