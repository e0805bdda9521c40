// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  canonicalJson,
  type Digest,
  digestHex,
  digestOf,
  type Exec,
  isSystemError,
  type Json,
  lastWords,
  MillraceError,
  redactText,
  writeFileAtomic,
} from '../base/index.ts'
import {
  type AptContext,
  aptCancelled,
  openAptDirectory,
  resolveCommand,
  showCommand,
  updateLists,
} from '../source/index.ts'
import { type DebianPackage, parseDebianStanza } from './debian-package.ts'
import { leftOut, resolveDepends, seedNames } from './names.ts'
import type { SeedSpec } from './seed-spec.ts'

/** The exact packages of a seed, as apt chose them once. */
export interface SeedLock {
  /** Of the description's parts that decide the choice. */
  readonly spec: Digest
  readonly packages: readonly DebianPackage[]
}

export interface LockServices {
  readonly exec: Exec
  readonly proxies: Readonly<Record<string, string>>
  readonly dataDirectory: string
}

/** Which lock a description needs: another suite, architecture or list of packages is another lock. */
export function lockKey(spec: SeedSpec, arch: string): Digest {
  const { suite, updates, architectures } = spec
  const leave = leftOut(spec)
  return digestOf(
    canonicalJson({
      suite,
      updates,
      leave: [...leave],
      deb: architectures[arch],
      wanted: seedNames(spec).wanted,
      format: 1,
    }),
  )
}

/** The lock of a data directory, when it is for this description. */
export async function readLock(dataDirectory: string, key: Digest): Promise<SeedLock | undefined> {
  try {
    const lock = JSON.parse(await readFile(lockPath(dataDirectory, key), 'utf8')) as SeedLock
    return lock.spec === key ? lock : undefined
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || error instanceof SyntaxError) return undefined
    throw error
  }
}

/** The apt that the seed is resolved and fetched with. @throws MillraceError SEED_FAILED, TOOL_MISSING, TOOL_FAILED */
export function openSeedApt(f: LockServices, spec: SeedSpec, arch: string): Promise<AptContext> {
  const debArch = spec.architectures[arch]
  if (debArch === undefined)
    throw new MillraceError('SEED_FAILED', {
      what: `preparing the seed for ${arch}`,
      why: 'the seed’s description has no Debian name for this architecture',
      fix: 'add it under architectures: in distro/seed.yaml',
    })
  const suites = [spec.suite, ...spec.updates]
  return openAptDirectory(f, join(f.dataDirectory, 'apt', `seed-${arch}`), 'deb', suites, debArch)
}

/**
 * Asks apt, on a machine that has nothing installed, for all that the wanted packages need, and writes down its answer.
 *
 * @throws MillraceError SEED_FAILED when apt cannot satisfy the list, CANCELLED, TOOL_FAILED
 */
export async function makeLock(
  f: LockServices,
  apt: AptContext,
  spec: SeedSpec,
  arch: string,
  signal: AbortSignal,
): Promise<SeedLock> {
  await updateLists(f, apt, signal)
  const uris = parseUris(await output(f, resolveCommand(apt, seedNames(spec).wanted), signal))
  const stanzas = await output(f, showCommand(apt, [...uris.keys()]), signal)
  const packages = stanzas
    .split('\n\n')
    .filter((stanza) => stanza.trim() !== '')
    .map((stanza) => {
      const [, name] = /^Package: (.*)$/m.exec(stanza) ?? []
      const [, version] = /^Version: (.*)$/m.exec(stanza) ?? []
      return parseDebianStanza(stanza, uris.get(`${name}=${version}`) ?? '')
    })
    .filter(({ uri, name }) => uri !== '' && !leftOut(spec).has(name))
  const lock: SeedLock = { spec: lockKey(spec, arch), packages: needed(packages, spec) }
  const path = lockPath(f.dataDirectory, lock.spec)
  await mkdir(dirname(path), { recursive: true })
  await writeFileAtomic(path, `${canonicalJson(lock as unknown as Json)}\n`)
  return lock
}

/** `'URI' NAME_VERSION_ARCH.deb SIZE HASH` lines, as `NAME=VERSION` → URI. */
export function parseUris(text: string): Map<string, string> {
  const uris = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, uri, name, version] = /^'([^']+)' ([^_\s]+)_([^_\s]+)_[^_\s]+\.deb \d+/.exec(line) ?? []
    if (uri !== undefined) uris.set(`${name}=${decodeURIComponent(version ?? '')}`, uri)
  }
  return uris
}

async function output(
  f: LockServices,
  command: ReturnType<typeof resolveCommand>,
  signal: AbortSignal,
): Promise<string> {
  const exited = await f.exec(command, { signal, timeoutMs: 5 * 60_000, maxOutputBytes: 64 * 1024 ** 2 })
  if (exited.cancelled) throw aptCancelled('resolving the seed')
  if (exited.code === 0) return exited.stdout
  throw new MillraceError('SEED_FAILED', {
    what: 'resolving the seed’s packages with apt',
    why: redactText(lastWords(exited)),
    fix: 'correct the Debian names in distro/seed.yaml',
  })
}

/** The wanted packages and what they depend on, by name: what only left-out packages need is left out as well. */
function needed(packages: readonly DebianPackage[], spec: SeedSpec): DebianPackage[] {
  const all = new Map(packages.map((one) => [one.name, one]))
  const leave = leftOut(spec)
  const found = new Map<string, DebianPackage>()
  const waiting = [...seedNames(spec).wanted]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const one = all.get(name)
    if (one === undefined || found.has(name)) continue
    found.set(name, one)
    waiting.push(...resolveDepends(one, all, leave))
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** One for each description, so that recipes which ask for different names do not make each other choose anew. */
const lockPath = (dataDirectory: string, key: Digest) =>
  join(dataDirectory, 'seed', `lock-${digestHex(key).slice(0, 16)}.json`)
