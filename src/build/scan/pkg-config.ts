// SPDX-License-Identifier: Apache-2.0
import { type Findings, isPlainName } from './findings.ts'
import type { ReadTree } from './tree.ts'

const PC_DIRECTORIES = new Set([
  'usr/lib/pkgconfig',
  'usr/lib64/pkgconfig',
  'usr/local/lib/pkgconfig',
  'usr/local/share/pkgconfig',
  'usr/share/pkgconfig',
])

const PC_BYTES = 256 * 1024

/** `pc:` names (pkg-config(1)): a module provides its name where pkg-config looks for it, and depends on the modules that it requires. */
export async function scanPkgConfig(tree: ReadTree, fullVersion: string): Promise<Findings> {
  const depends: string[] = []
  const provides: string[] = []
  const vendored: string[] = []
  for (const file of tree.files) {
    const module = /^(.+)\.pc$/.exec(file.name)?.[1]
    if (module === undefined) continue
    const isFound = PC_DIRECTORIES.has(file.directory)
    if (isPlainName(module)) (isFound ? provides : vendored).push(`pc:${module}=${fullVersion}`)
    if (!isFound) continue
    const text = Buffer.from(await file.read(0, PC_BYTES)).toString('utf8')
    for (const name of requiredModules(text)) if (isPlainName(name)) depends.push(`pc:${name}`)
  }
  return { depends, provides, vendored }
}

/** The modules that a .pc file requires, privately or not, without their versions. */
export function requiredModules(text: string): string[] {
  const variables = new Map<string, string>()
  const substitute = (value: string) =>
    value.replace(/\$\{([\w.]+)\}/g, (_, name: string) => variables.get(name) ?? '')
  const modules: string[] = []
  for (const line of text.replace(/\\\r?\n/g, ' ').split(/\r?\n/)) {
    const [, key = '', separator, value = ''] =
      /^\s*([\w.]+)\s*([:=])(.*)$/.exec(line.replace(/#.*/, '')) ?? []
    if (separator === '=') variables.set(key, substitute(value.trim()))
    else if (/^Requires(?:\.private|\.internal)?$/.test(key))
      modules.push(
        ...substitute(value)
          .replace(VERSIONED, ' ')
          .split(/[\s,]+/),
      )
  }
  return modules.filter((name) => name !== '')
}

const VERSIONED = /(?:[<>!]=?|=)\s*[^\s,]+/g
