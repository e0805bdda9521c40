// SPDX-License-Identifier: Apache-2.0
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Exec, type Exited, lastWords, MillraceError, redactText } from '../../base/index.ts'
import { type AptEntry, aptEntries, debianArchives, formatAptSources } from './archives.ts'
import { type AptContext, machineSettingsCommand, updateCommand } from './commands.ts'
import { readMachineSources } from './machine-sources.ts'

export interface AptServices {
  readonly exec: Exec
  readonly proxies: Readonly<Record<string, string>>
}

/**
 * An apt of Millrace's own in a directory: its own sources, lists, caches and an empty package status. Archives, keyrings and network settings are those of the machine at
 * this moment; nothing of the machine's is written.
 *
 * @param debArch Debian's name of the architecture whose packages are wanted.
 * @throws MillraceError TOOL_MISSING, TOOL_FAILED
 */
export async function openAptDirectory(
  f: AptServices,
  path: string,
  type: AptEntry['type'],
  suites: readonly string[],
  debArch: string,
): Promise<AptContext> {
  const entries = aptEntries(type, suites, debianArchives(await readMachineSources(f.exec)))
  const settings = await f.exec(machineSettingsCommand())
  for (const directory of ['lists/partial', 'archives/partial', 'none'])
    await mkdir(join(path, directory), { recursive: true })
  const configPath = join(path, 'apt.conf')
  await writeFile(join(path, 'status'), '')
  await writeFile(join(path, 'millrace.sources'), formatAptSources(entries), { mode: 0o600 })
  await writeFile(configPath, formatAptConfig(path, debArch, settings.stdout), { mode: 0o600 })
  return { configPath, proxies: f.proxies }
}

/** Brings the lists of an apt directory up to date. A suite that fails leaves the others usable: the lists then say what is there. */
export async function updateLists(f: AptServices, context: AptContext, signal: AbortSignal): Promise<void> {
  const exited = await f.exec(updateCommand(context), { signal, timeoutMs: 15 * 60_000 })
  if (exited.cancelled) throw aptCancelled('updating apt’s lists')
  if (exited.code !== 0) throw aptFailed('updating apt’s lists', exited)
}

/**
 * The configuration file (apt.conf(5)). Read by APT_CONFIG before all others; it names an empty directory for those.
 *
 * @param machine the machine's `apt-config dump`, of which the network settings are kept.
 */
export function formatAptConfig(path: string, debArch: string, machine: string): string {
  const kept = machine.split('\n').filter((line) => NETWORK_SETTING.test(line))
  const dir = (name: string, value: string) => `Dir::${name} ${quoted(value)};`
  return [
    ...kept,
    dir('Etc', path),
    dir('Etc::main', '/dev/null'),
    dir('Etc::parts', join(path, 'none')),
    dir('Etc::sourcelist', join(path, 'millrace.sources')),
    dir('Etc::sourceparts', join(path, 'none')),
    dir('Etc::preferences', '/dev/null'),
    dir('Etc::preferencesparts', join(path, 'none')),
    dir('Etc::netrc', '/etc/apt/auth.conf'),
    dir('Etc::netrcparts', '/etc/apt/auth.conf.d'),
    dir('Etc::trusted', '/etc/apt/trusted.gpg'),
    dir('Etc::trustedparts', '/etc/apt/trusted.gpg.d'),
    dir('State', path),
    dir('State::lists', join(path, 'lists')),
    dir('State::status', join(path, 'status')),
    dir('Cache', path),
    dir('Cache::archives', join(path, 'archives')),
    dir('Log', path),
    `APT::Architecture ${quoted(debArch)};`,
    `APT::Architectures { ${quoted(debArch)}; };`,
    'APT::Install-Recommends "false";',
    // Downloads go to a directory that only its owner may read.
    'APT::Sandbox::User "root";',
    'Acquire::Languages "none";',
    'Acquire::GzipIndexes "true";',
    '',
  ].join('\n')
}

/** Proxies, certificates, and the like; lists are written as the dump has them. */
const NETWORK_SETTING =
  /^Acquire::(https?|socks5h?|ForceIPv[46]|Retries|Check-Date|Check-Valid-Until|Queue-Mode)\b[^"]* "[^"]*";$/

const quoted = (text: string) => `"${text.replaceAll('"', '')}"`

export function aptFailed(what: string, exited: Exited): MillraceError {
  return new MillraceError('TOOL_FAILED', {
    what,
    why: redactText(lastWords(exited)),
    fix: 'see whether apt-get update works on this machine, then run the same command again',
  })
}

export function aptCancelled(what: string): MillraceError {
  return new MillraceError('CANCELLED', { what, why: 'it was cancelled', fix: 'run the same command again' })
}
