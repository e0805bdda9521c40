// SPDX-License-Identifier: Apache-2.0
import { readFile, stat } from 'node:fs/promises'
import { hideSecret, isMillraceError, isSystemError, MillraceError } from '../../base/index.ts'
import type { SecretSetting } from '../../settings/index.ts'

/** What the fetcher may show to hosts. Nothing else of Millrace gets a secret, and no sandbox ever does. */
export interface Secrets {
  /** Headers for a request to a URL: none unless it is https and its host is named by a secret. */
  credentialsFor(url: URL): Readonly<Record<string, string>>
}

/** A shorter value would be found by chance in texts that have nothing to do with it. */
const MIN_CHARS = 8
const MAX_BYTES = 16 * 1024

/**
 * Reads the secrets that the settings name, each from a file that only its owner may read. From now on no text that this process tells holds one of them.
 *
 * @throws MillraceError SETTINGS_INVALID naming the secret, never its value
 */
export async function openSecrets(settings: readonly SecretSetting[]): Promise<Secrets> {
  const opened = await Promise.all(
    settings.map(async (setting) => {
      const value = await readSecret(setting)
      const header = headerOf(setting, value)
      for (const text of [value, encodeURIComponent(value), base64(value), ...Object.values(header)])
        hideSecret(text)
      return { hosts: new Set(setting.hosts.map((host) => host.toLowerCase())), header }
    }),
  )
  return {
    credentialsFor: (url) => {
      if (url.protocol !== 'https:') return {}
      return opened.find(({ hosts }) => hosts.has(url.host))?.header ?? {}
    },
  }
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** RFC 6750 §2.1, RFC 7617 §2. */
function headerOf({ as }: SecretSetting, value: string): Record<string, string> {
  if (as === 'bearer') return { authorization: `Bearer ${value}` }
  if (as === 'basic') return { authorization: `Basic ${base64(value)}` }
  return { [as.replace(/^header /, '').toLowerCase()]: value }
}

async function readSecret({ name, file, as }: SecretSetting): Promise<string> {
  const refuse = (why: string, fix: string) =>
    new MillraceError('SETTINGS_INVALID', { what: `reading the secret ${name} from ${file}`, why, fix })
  let text: string
  try {
    const stats = await stat(file)
    const { mode, size } = stats
    if (!stats.isFile()) throw refuse('it is no file', 'give the path of a file')
    if ((mode & 0o077) !== 0)
      throw refuse(`others may read it (mode ${(mode & 0o777).toString(8)})`, `chmod 600 ${file}`)
    if (size > MAX_BYTES) throw refuse(`it has ${size} bytes`, `a secret has at most ${MAX_BYTES}`)
    text = (await readFile(file, 'utf8')).trim()
  } catch (cause) {
    if (isMillraceError(cause) || !isSystemError(cause)) throw cause
    throw refuse(
      `it cannot be read (${cause.code})`,
      'correct the path, or let its owner be who runs Millrace',
    )
  }
  if (text.length < MIN_CHARS)
    throw refuse(
      `it has fewer than ${MIN_CHARS} characters`,
      'use a longer one: a short one cannot be hidden in logs',
    )
  if (/[^\x21-\x7e]/.test(text))
    throw refuse(
      'it holds blanks, line ends or other characters that no header takes',
      'put only the secret itself into the file',
    )
  if (as === 'basic' && !text.includes(':'))
    throw refuse('it has no colon', 'write USER:PASSWORD, or choose as: bearer')
  return text
}
