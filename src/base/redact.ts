// SPDX-License-Identifier: Apache-2.0

const SECRET_KEY =
  /^(.*[-_])?(api|access|private)?(token|key|secret|password|passwd|credentials?|signature|sig|auth|jwt)$/i

/** A URL as a message may show it: without user, password, and the values of query parameters that look like credentials. */
export function redactUrl(url: string): string {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    // Not a URL that can be taken apart: what stands before an @ could be a password.
    return url.replace(/\/\/[^/\s]*@/, '//…@')
  }
  const hadUser = parsed.username !== '' || parsed.password !== ''
  const search = parsed.search
    .slice(1)
    .split('&')
    .map((pair) => {
      const key = pair.split('=', 1)[0] ?? ''
      return SECRET_KEY.test(decoded(key)) ? `${key}=…` : pair
    })
    .join('&')
  parsed.username = ''
  parsed.password = ''
  parsed.search = ''
  parsed.hash = ''
  const plain = parsed.href
  const withUser = hadUser ? plain.replace('//', '//…@') : plain
  return search === '' ? withUser : `${withUser}?${search}`
}

/** A text with every URL in it redacted: what programs and remotes say about a failure may repeat a URL with its password. */
export function redactText(text: string): string {
  return text.replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/gi, (url) => redactUrl(url))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
