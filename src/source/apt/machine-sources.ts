// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Exec, isSystemError, lastWords, MillraceError } from '../../base/index.ts'
import { machineAptCommand } from './commands.ts'

/** One stanza of the machine's apt sources (sources.list(5)), as far as it matters to find an archive. */
export interface MachineSource {
  readonly uris: readonly string[]
  readonly suites: readonly string[]
  /** A keyring's path, or a key block as the stanza has it; null for apt's own keyrings. */
  readonly signedBy: string | null
  /** Whether the machine takes the archive without a signature. */
  readonly trusted: boolean
}

/**
 * The machine's enabled binary and source entries, whichever of apt's two forms they have.
 *
 * @throws MillraceError TOOL_MISSING, TOOL_FAILED
 */
export async function readMachineSources(exec: Exec): Promise<MachineSource[]> {
  const exited = await exec(machineAptCommand())
  if (exited.code !== 0)
    throw new MillraceError('TOOL_FAILED', {
      what: 'asking apt-config for the places of its sources',
      why: lastWords(exited),
      fix: 'run apt-config dump and mend what it complains of',
    })
  const [, list = '', parts = ''] = /^LIST='(.*)'\nPARTS='(.*)'$/m.exec(exited.stdout) ?? []
  const found = parseOneLineSources(await textOf(list))
  for (const name of await namesIn(parts)) {
    if (name.endsWith('.list')) found.push(...parseOneLineSources(await textOf(join(parts, name))))
    if (name.endsWith('.sources')) found.push(...parseDeb822Sources(await textOf(join(parts, name))))
  }
  return found
}

/** `deb [signed-by=… trusted=yes] URI SUITE COMPONENT…` */
export function parseOneLineSources(text: string): MachineSource[] {
  return text.split('\n').flatMap((line) => {
    const [, options = '', uri, suite] =
      /^\s*deb(?:-src)?\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s*[^#]*/.exec(line) ?? []
    if (uri === undefined || suite === undefined) return []
    const option = new Map(options.split(/\s+/).map((pair) => splitOnce(pair, '=')))
    return [
      {
        uris: [uri],
        suites: [suite],
        signedBy: option.get('signed-by') ?? null,
        trusted: isYes(option.get('trusted')),
      },
    ]
  })
}

/** Stanzas of `Types:`, `URIs:`, `Suites:` and so on. */
export function parseDeb822Sources(text: string): MachineSource[] {
  return text.split(/\n[ \t]*\n/).flatMap((stanza) => {
    const field = fieldsOf(stanza)
    const uris = words(field.get('uris'))
    const suites = words(field.get('suites'))
    const enabled = field.get('enabled')
    if (uris.length === 0 || suites.length === 0 || (enabled !== undefined && !isYes(enabled))) return []
    const signedBy = field.get('signed-by')?.trim()
    return [{ uris, suites, signedBy: signedBy ? signedBy : null, trusted: isYes(field.get('trusted')) }]
  })
}

/** The fields of one stanza, names in lower case; a field of several lines keeps its newlines. */
export function fieldsOf(stanza: string): Map<string, string> {
  const fields = new Map<string, string>()
  let last = ''
  for (const line of stanza.split('\n')) {
    if (line.startsWith('#') || line.trim() === '') continue
    if (/^[ \t]/.test(line)) fields.set(last, `${fields.get(last) ?? ''}\n${line}`)
    else {
      const [name, value] = splitOnce(line, ':')
      last = name.toLowerCase()
      fields.set(last, value.trim())
    }
  }
  return fields
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)]
}

const words = (text: string | undefined) => (text ?? '').split(/\s+/).filter((word) => word !== '')
const isYes = (text: string | undefined) => /^(yes|true|1|on)$/i.test(text ?? '')

async function textOf(path: string): Promise<string> {
  try {
    return path === '' ? '' : await readFile(path, 'utf8')
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return ''
    throw error
  }
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return path === '' ? [] : (await readdir(path)).sort()
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return []
    throw error
  }
}
