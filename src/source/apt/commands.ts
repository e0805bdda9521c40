// SPDX-License-Identifier: Apache-2.0
import { type Command, HOST_ENV } from '../../base/index.ts'

/** Which apt configuration a command works with, and the proxies of the environment, which apt reads there. */
export interface AptContext {
  /** The file APT_CONFIG names. */
  readonly configPath: string
  readonly proxies: Readonly<Record<string, string>>
}

const HELPER = '/usr/lib/apt/apt-helper'

function command(context: AptContext, program: string, args: readonly string[], cwd?: string): Command {
  const env = { ...HOST_ENV, ...context.proxies, APT_CONFIG: context.configPath }
  return { program, args, env, ...(cwd === undefined ? {} : { cwd }) }
}

/** Where the machine's own sources are, and nothing more: the machine's configuration is read, never used to act. */
export function machineAptCommand(): Command {
  const args = ['shell', 'LIST', 'Dir::Etc::sourcelist/f', 'PARTS', 'Dir::Etc::sourceparts/d']
  return { program: 'apt-config', args, env: HOST_ENV }
}

export function machineSettingsCommand(): Command {
  return { program: 'apt-config', args: ['dump'], env: HOST_ENV }
}

export function updateCommand(context: AptContext): Command {
  return command(context, 'apt-get', ['update', '-q=2'])
}

/** One line for each index that is there: who made it, its archive, its suite, its file. */
export function indexTargetsCommand(context: AptContext): Command {
  const format = '$(CREATED_BY)|$(REPO_URI)|$(RELEASE)|$(FILENAME)'
  return command(context, 'apt-get', ['indextargets', '--format', format])
}

/** An index, unpacked, on standard output. */
export function catCommand(context: AptContext, path: string): Command {
  return command(context, HELPER, ['cat-file', path])
}

export interface AptDownload {
  readonly uri: string
  readonly path: string
  /** 64 hexadecimal digits; apt refuses other bytes. */
  readonly sha256: string
}

/** Downloads by apt's own methods, in order. One bad file ends the whole command. */
export function downloadCommand(context: AptContext, files: readonly AptDownload[]): Command {
  const triples = files.flatMap(({ uri, path, sha256 }) => [uri, path, `SHA256:${sha256}`])
  return command(context, HELPER, ['download-file', ...triples])
}

/** What apt would fetch to install these packages on a machine that has none: a line `'URI' FILE SIZE HASH` for each. */
export function resolveCommand(context: AptContext, packages: readonly string[]): Command {
  const args = ['install', '--print-uris', '--yes', '--no-install-recommends', '--quiet=2', '--', ...packages]
  return command(context, 'apt-get', args)
}

/** The index stanzas of exact versions, `NAME=VERSION`. */
export function showCommand(context: AptContext, versions: readonly string[]): Command {
  return command(context, 'apt-cache', ['show', '--no-all-versions', '--', ...versions])
}

/** Where the files of a source package are: `'URI' NAME SIZE SHA256:HEX`. */
export function sourceUrisCommand(context: AptContext, name: string, version: string): Command {
  const args = [
    'source',
    '--print-uris',
    '--download-only',
    '--only-source',
    '--quiet=2',
    '--',
    `${name}=${version}`,
  ]
  return command(context, 'apt-get', args)
}
