// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path'
import { type Findings, isPlainName } from './findings.ts'
import type { ReadTree } from './tree.ts'

const COMMAND_DIRECTORIES = new Set(['bin', 'sbin', 'usr/bin', 'usr/sbin'])
const SCRIPT_DIRECTORIES = new Set(['usr/bin', 'usr/local/bin', 'usr/local/sbin'])

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
    .filter(({ directory }) => SCRIPT_DIRECTORIES.has(directory))
    .map(({ interpreterLine }) => interpreterOf(interpreterLine))
    .filter((name) => isPlainName(name) && !FREE_CHOICE.has(name))
    .map((name) => `cmd:${name}`)
  return { depends, provides, vendored: [] }
}

/** The program behind `#!`, by its name alone: `/usr/bin/env -S perl -w` → `perl`. '' when there is none. */
export function interpreterOf(line: string): string {
  const [program = '', ...rest] = line.trim().split(/\s+/)
  const name = posix.basename(program)
  if (name !== 'env') return name
  const command = rest.find((word) => !word.startsWith('-') && !/^\w+=/.test(word))
  return posix.basename(command ?? '')
}
