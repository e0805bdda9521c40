// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path'
import { type Findings, isPlainName } from './findings.ts'
import type { ReadTree } from './tree.ts'

const COMMAND_DIRECTORIES = new Set(['bin', 'sbin', 'usr/bin', 'usr/sbin'])
/** With what is below them. */
const SCRIPT_DIRECTORIES = ['usr/bin/', 'usr/local/bin/', 'usr/local/sbin/']

/** Interpreters that packages name themselves, or that several packages offer under one name. */
const FREE_CHOICE = new Set(['python', 'python3', 'sh', 'awk', 'luajit'])

/** `cmd:` names: what everyone may run in the directories of programs, and what scripts there are run by. Symbolic links do not count. */
export function scanCommands(tree: ReadTree, fullVersion: string): Findings {
  const provides = tree.files
    .filter(({ directory, mode, name }) => {
      return COMMAND_DIRECTORIES.has(directory) && (mode & 0o555) === 0o555 && isPlainName(name)
    })
    .map(({ name }) => `cmd:${name}=${fullVersion}`)
  const depends = tree.files
    .filter(({ path }) => SCRIPT_DIRECTORIES.some((directory) => path.startsWith(directory)))
    .map(({ interpreterLine }) => interpreterOf(interpreterLine))
    .filter((name) => isPlainName(name) && !FREE_CHOICE.has(name))
    .map((name) => `cmd:${name}`)
  return { depends, provides, vendored: [] }
}

/**
 * The program behind `#!`, by its name alone: `/usr/bin/env -S perl -w` → `perl`. '' when there is none. Without `-S`, env looks for a program whose name has the
 * arguments in it, so such a script runs nowhere and asks for nothing.
 */
export function interpreterOf(line: string): string {
  const [program = '', first = '', second = '', ...rest] = line.trim().split(/\s+/)
  if (program !== '/usr/bin/env') return posix.basename(program)
  if (second === '' && rest.length === 0) return posix.basename(first)
  return first === '-S' && !second.startsWith('-') ? posix.basename(second) : ''
}
