// SPDX-License-Identifier: Apache-2.0
import { mkdirSync } from 'node:fs'
import { availableParallelism, homedir, arch as hostArch } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { GIT_PROTOCOLS, type GitProtocol, isSystemError, MillraceError } from '../base/index.ts'
import { type FileSettings, readSettingsFile } from './settings-file.ts'

/** What a person may choose about a factory. Flags win over the environment, the environment over the defaults. */
export interface Settings {
  /** Everything the factory keeps. `--data`, MILLRACE_DATA; default `~/.cache/millrace`. */
  readonly dataDirectory: string
  /** Recipes, images and the rest of the distribution. `--distro`; default the checkout's `distro/`. */
  readonly distroDirectory: string
  /** Null: the private PostgreSQL in the data directory. DATABASE_URL (never a flag: it may hold a password). */
  readonly databaseUrl: string | null
  readonly host: string
  readonly port: number
  /** Pieces of work done at once. */
  readonly workers: number
  /** The apk name of this machine's architecture. */
  readonly arch: 'x86_64' | 'aarch64'
  /** How many failed builds are kept to be entered again, and how much of them. */
  readonly failedBuilds: FileSettings['failedBuilds']
  /** Nothing reaches another machine. `--offline`. */
  readonly offline: boolean
  /** What the fetcher may show to which hosts. */
  readonly secrets: FileSettings['secrets']
  /** Proxy variables for downloads, as the environment has them. */
  readonly proxies: Readonly<Record<string, string>>
  /** By which transports git sources may be fetched. MILLRACE_GIT_PROTOCOLS, names separated by commas; default https, http and git. */
  readonly gitProtocols: readonly GitProtocol[]
  /** What git needs of the environment to reach others: proxies, certificates, an ssh agent. */
  readonly gitEnvironment: Readonly<Record<string, string>>
  /** The user's whole environment, for the clients of package registries: their configuration is in it and in the home directory it names. No build sees it. */
  readonly clientEnvironment: Readonly<Record<string, string>>
}

export interface SettingFlags {
  readonly data?: string | undefined
  readonly distro?: string | undefined
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly workers?: string | undefined
  readonly offline?: boolean | undefined
}

export const DEFAULT_PORT = 7373
const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url))
const DEFAULT_GIT_PROTOCOLS = 'https,http,git'
const GIT_VARIABLES =
  /^(?:(?:https?|all|no)_proxy|SSL_CERT_(?:FILE|DIR)|GIT_SSL_CAINFO|GIT_SSL_CAPATH|SSH_AUTH_SOCK)$/i
const ARCHES: Readonly<Record<string, Settings['arch']>> = { x64: 'x86_64', arm64: 'aarch64' }

/** @throws MillraceError SETTINGS_INVALID naming the flag or variable. */
export function readSettings(flags: SettingFlags, environment: NodeJS.ProcessEnv = process.env): Settings {
  const whole = (name: string, text: string | undefined, fallback: number, max: number) => {
    if (text === undefined) return fallback
    const parsed = z.coerce.number().int().min(0).max(max).safeParse(text)
    if (parsed.success && text.trim() !== '') return parsed.data
    throw invalid(
      `reading ${name}`,
      `expected a whole number from 0 to ${max}, found ${JSON.stringify(text)}`,
      `give ${name} a number`,
    )
  }
  const arch = ARCHES[hostArch()]
  if (arch === undefined)
    throw invalid(
      'looking at this machine',
      `its architecture is ${hostArch()}`,
      'use an x86_64 or aarch64 machine',
    )
  const dataDirectory = resolve(
    flags.data ??
      environment['MILLRACE_DATA'] ??
      join(environment['HOME'] ?? homedir(), '.cache', 'millrace'),
  )
  // MILLRACE_SETTINGS; default `millrace.yaml` in the data directory.
  const named = environment['MILLRACE_SETTINGS'] || undefined
  const file = readSettingsFile(resolve(named ?? join(dataDirectory, 'millrace.yaml')), named !== undefined)
  const proxies = Object.entries(environment).filter(([name]) => /^(https?|no)_proxy$/i.test(name))
  return {
    ...file,
    dataDirectory,
    distroDirectory: resolve(flags.distro ?? join(CHECKOUT, 'distro')),
    databaseUrl: environment['DATABASE_URL'] || null,
    host: flags.host ?? '127.0.0.1',
    port: whole('--port', flags.port, DEFAULT_PORT, 65535),
    workers: Math.max(1, whole('--workers', flags.workers, Math.min(availableParallelism(), 8), 64)),
    arch,
    offline: flags.offline ?? false,
    proxies: textsOf(proxies),
    gitProtocols: readGitProtocols(environment['MILLRACE_GIT_PROTOCOLS'] || DEFAULT_GIT_PROTOCOLS),
    gitEnvironment: textsOf(Object.entries(environment).filter(([name]) => GIT_VARIABLES.test(name))),
    clientEnvironment: textsOf(Object.entries(environment)),
  }
}

/** Makes the data directory, private to its user, when it is not there. @throws MillraceError SETTINGS_INVALID */
export function makeDataDirectory({ dataDirectory, distroDirectory }: Settings): void {
  const inside = (child: string, parent: string) => `${child}/`.startsWith(`${parent}/`)
  if (
    !isAbsolute(dataDirectory) ||
    dataDirectory === dirname(dataDirectory) ||
    inside(dataDirectory, distroDirectory)
  )
    throw invalid(
      `using the data directory ${dataDirectory}`,
      'it is the root directory or lies in the distro',
      'give another with --data DIR',
    )
  try {
    mkdirSync(dataDirectory, { recursive: true, mode: 0o700 })
  } catch (cause) {
    if (!isSystemError(cause)) throw cause
    throw invalid(
      `making the data directory ${dataDirectory}`,
      cause.message,
      'give a directory you may write to with --data DIR',
    )
  }
}

function readGitProtocols(text: string): GitProtocol[] {
  return text.split(',').map((written) => {
    const name = written.trim()
    const known = GIT_PROTOCOLS.find((one) => one === name)
    if (known !== undefined) return known
    throw invalid(
      'reading MILLRACE_GIT_PROTOCOLS',
      `expected names among ${GIT_PROTOCOLS.join(', ')}, found ${JSON.stringify(name)}`,
      `give the names separated by commas, such as ${DEFAULT_GIT_PROTOCOLS}`,
    )
  })
}

function textsOf(entries: readonly (readonly [string, string | undefined])[]): Record<string, string> {
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? '']))
}

function invalid(what: string, why: string, fix: string): MillraceError {
  return new MillraceError('SETTINGS_INVALID', { what, why, fix })
}
