// SPDX-License-Identifier: Apache-2.0

import { GIT_PROTOCOLS, type GitProtocol } from '../../base/index.ts'

/** Where a repository is, taken apart as far as it must be to be told to git and to people. */
export interface GitUrl {
  /** As it was written, without user and password where these are a secret. What git is told. */
  readonly href: string
  readonly protocol: GitProtocol
  /** With its port; '' for `file`. */
  readonly host: string
  /** Of an http or https URL; null when it has none. */
  readonly credentials: { readonly username: string; readonly password: string } | null
}

/** Why a text is no repository's URL, as half a sentence. */
export interface NoGitUrl {
  readonly why: string
}

const MAX_CHARACTERS = 2048
/** `user@host:path`, ssh's short form (git-clone(1), GIT URLS). */
const SHORT_SSH = /^(?:[\w.-]+@)?([\w.-]+|\[[0-9a-f:]+\]):(?!\/\/)(.+)$/i

/**
 * Takes a repository's URL apart. Refused is what git could take for an option, a remote helper or a name of a remote, and what a log could be forged with: leading dashes, `helper::`, white space, control characters.
 */
export function parseGitUrl(text: string): GitUrl | NoGitUrl {
  if (text.length > MAX_CHARACTERS) return { why: `it has more than ${MAX_CHARACTERS} characters` }
  if (/[^\x21-\x7e]/.test(text))
    return { why: 'it has white space, control or other special characters in it' }
  if (text.startsWith('-')) return { why: 'it begins with a dash, as an option does' }
  const [, helper] = /^([\w.+-]+)::/.exec(text) ?? []
  if (helper !== undefined) return { why: `${helper}:: names a program, not a place` }
  if (text.startsWith('/')) return local(`file://${text}`)
  if (!text.includes('://')) return shortSsh(text)
  const url = URL.parse(text)
  if (url === null) return { why: 'it is no URL' }
  const protocol = GIT_PROTOCOLS.find((one) => `${one}:` === url.protocol)
  if (protocol === undefined) return { why: `git fetches nothing by ${url.protocol.slice(0, -1)}` }
  if (protocol === 'file') return local(text)
  if (url.hostname === '' || url.hostname.startsWith('-')) return { why: 'it names no host' }
  if (decoded(url.username).startsWith('-')) return { why: 'its user begins with a dash, as an option does' }
  const secret = protocol === 'https' || protocol === 'http'
  const named = url.username !== '' || url.password !== ''
  const credentials =
    secret && named ? { username: decoded(url.username), password: decoded(url.password) } : null
  const href = credentials === null ? text : text.replace(/\/\/[^/]*@/, '//')
  return { href, protocol, host: url.host, credentials }
}

function local(href: string): GitUrl | NoGitUrl {
  const path = href.slice('file://'.length)
  if (!path.startsWith('/')) return { why: 'a file URL names no host: it begins with file:///' }
  if (path.split('/').includes('..')) return { why: 'its path leads upwards' }
  return { href, protocol: 'file', host: '', credentials: null }
}

function shortSsh(text: string): GitUrl | NoGitUrl {
  const [, host = '', path = ''] = SHORT_SSH.exec(text) ?? []
  if (host === '') return { why: 'it is no URL: it names no scheme' }
  if (host.startsWith('-') || path.startsWith('-'))
    return { why: 'a part of it begins with a dash, as an option does' }
  return { href: text, protocol: 'ssh', host, credentials: null }
}

export function isGitUrl(parsed: GitUrl | NoGitUrl): parsed is GitUrl {
  return 'href' in parsed
}

/**
 * The URL of a submodule: relative ones (`./x`, `../x`) begin at their parent's (git-submodule(1), add).
 *
 * @returns undefined for one that leads above its parent's host.
 */
export function resolveSubmoduleUrl(parent: string, url: string): string | undefined {
  if (!/^\.\.?\//.test(url)) return url
  const root = /^[a-z][\w+.-]*:\/\/[^/]*|^[^/:]*:|^/i.exec(parent)?.[0] ?? ''
  let base = parent.slice(root.length).replace(/\/+$/, '')
  let rest = url
  for (;;) {
    if (rest.startsWith('./')) rest = rest.slice(2)
    else if (rest.startsWith('../')) {
      if (base === '') return undefined
      rest = rest.slice(3)
      base = base.slice(0, Math.max(0, base.lastIndexOf('/')))
    } else break
  }
  if (rest === '') return undefined
  const joined = base === '' && root.endsWith(':') ? rest : `${base}/${rest}`
  return `${root}${joined}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
