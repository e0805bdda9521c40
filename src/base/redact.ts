// SPDX-License-Identifier: Apache-2.0

const SECRET_KEY =
  /^(.*[-_])?(api|access|private)?(token|key|secret|password|passwd|credentials?|signature|sig|auth|jwt)$/i

/** Values that no text may show, whoever writes it: a secret is one for the whole process, so this list is the process's, and not handed from function to function. The longest comes first. */
let hidden: readonly string[] = []

/** From now on no message, log or event of this process shows a value. */
export function hideSecret(value: string): void {
  if (value === '' || hidden.includes(value)) return
  hidden = [...hidden, value].sort((a, b) => b.length - a.length)
}

/** A text without the values that {@link hideSecret} named. */
export function withoutSecrets(text: string): string {
  return hidden.reduce((shown, value) => shown.replaceAll(value, '…'), text)
}

/** A value of plain data, such as an event, with every text in it so. */
export function dataWithoutSecrets<T>(data: T): T {
  if (hidden.length === 0) return data
  if (typeof data === 'string') return withoutSecrets(data) as T
  if (Array.isArray(data)) return data.map(dataWithoutSecrets) as T
  if (typeof data !== 'object' || data === null) return data
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, dataWithoutSecrets(value)])) as T
}

/** A URL as a message may show it: without user, password, and the values of query parameters that look like credentials. */
export function redactUrl(url: string): string {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    // Not a URL that can be taken apart: what stands before an @ could be a password.
    return withoutSecrets(url.replace(/\/\/[^/\s]*@/, '//…@'))
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
  return withoutSecrets(search === '' ? withUser : `${withUser}?${search}`)
}

/** A text with every URL in it redacted, and without secrets: what programs and remotes say about a failure may repeat a URL with its password. */
export function redactText(text: string): string {
  return withoutSecrets(text.replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/gi, (url) => redactUrl(url)))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
