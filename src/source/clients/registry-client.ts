// SPDX-License-Identifier: Apache-2.0
import {
  type Command,
  type Exec,
  type Exited,
  HOST_ENV,
  isMillraceError,
  MillraceError,
  redactText,
  stripControls,
} from '../../base/index.ts'
import { absent, type Mirror, type MirrorAnswer, type MirrorRequest } from '../mirror.ts'
import { type PackageFile, parsePackageUri } from '../source.ts'

export interface ClientServices {
  readonly exec: Exec
  readonly proxies: Readonly<Record<string, string>>
  /** What registries' clients run with: their user's own variables, because by them they find their configuration. Default: what every program gets. */
  readonly clientEnvironment?: Readonly<Record<string, string>>
}

/** How one registry is asked through the client that its users have. */
export interface RegistryClient {
  /** Scheme of the URIs and name in `distro/mirrors.yaml`. */
  readonly kind: string
  /** What may stand for a package and its version: nothing that the client would take for an option, a path or another kind of place. */
  readonly name: RegExp
  readonly version: RegExp
  /** @throws MillraceError CANCELLED, TOOL_MISSING */
  readonly fetch: (wanted: PackageFile, request: MirrorRequest, place: string) => Promise<MirrorAnswer>
}

const TIMEOUT_MS = 15 * 60_000

/** A registry as a mirror for the URIs of its kind. A client that is not installed is an answer like any other. */
export function registryMirror(client: RegistryClient): Mirror {
  const { kind } = client
  return {
    kind,
    fetch: async (request) => {
      const wanted = parsePackageUri(request.source.uri)
      if (wanted?.kind !== kind) return null
      const place = `${kind}: ${wanted.name} ${wanted.version}`
      if (!client.name.test(wanted.name) || !client.version.test(wanted.version))
        return absent(place, 'this registry has no such names or versions')
      try {
        return await client.fetch(wanted, request, place)
      } catch (error) {
        if (!isMillraceError(error, 'TOOL_MISSING')) throw error
        return absent(place, `${error.what}: ${error.why}`)
      }
    },
  }
}

/** @param own what the client must be told beyond its user's configuration. */
export function clientEnvironment(
  f: ClientServices,
  own: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return { ...(f.clientEnvironment ?? HOST_ENV), ...f.proxies, ...own }
}

/** @throws MillraceError CANCELLED, TOOL_MISSING */
export async function runClient(f: ClientServices, command: Command, signal: AbortSignal): Promise<Exited> {
  const exited = await f.exec(command, { signal, timeoutMs: TIMEOUT_MS })
  if (!exited.cancelled) return exited
  throw new MillraceError('CANCELLED', {
    what: `running ${command.program}`,
    why: 'it was cancelled',
    fix: 'run the same command again',
  })
}

/** What a client said when it failed: its first words about an error, without colours and credentials. */
export function complaint({ code, signal, timedOut, stderr, stdout }: Exited): string {
  const ending = timedOut ? 'ran out of time' : signal === null ? `exit code ${code}` : `ended by ${signal}`
  const lines = `${stderr}\n${stdout}`
    .split('\n')
    .map((line) => stripControls(line.replace(COLOUR, '')).trim())
    .filter((line) => line !== '')
  const errors = lines.filter((line) => /error|not found|no module/i.test(line))
  const words = (errors.length > 0 ? errors : lines).slice(0, 2).join(' · ').slice(0, 400)
  return redactText(words === '' ? ending : `${ending}: ${words}`)
}

const COLOUR = /\u001b\[[\d;]*m/g
