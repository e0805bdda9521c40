// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { isSystemError, MillraceError, parseSettingsFile } from '../base/index.ts'

/** A secret that the fetcher may show to some hosts; its value is in a file. */
export interface SecretSetting {
  readonly name: string
  /** Absolute. */
  readonly file: string
  /** With a port where it is not https's own. */
  readonly hosts: readonly string[]
  /** `bearer`, `basic` (the file holds `USER:PASSWORD`), or `header NAME`. */
  readonly as: string
}

/** What the settings file of a factory says. */
export interface FileSettings {
  readonly failedBuilds: { readonly maxCount: number; readonly maxBytes: number }
  readonly secrets: readonly SecretSetting[]
}

const UNITS: Readonly<Record<string, number>> = { kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }

const Size = z
  .string()
  .regex(/^\d+(\.\d+)? ?[kMGT]B$/, 'a size such as 10 GB')
  .transform((text) => {
    const [, amount = '0', unit = ''] = /^([\d.]+) ?(\w+)$/.exec(text) ?? []
    return Math.round(Number(amount) * (UNITS[unit] ?? 1))
  })

const Host = z
  .string()
  .regex(
    /^(?:[a-zA-Z0-9-]+\.)*[a-zA-Z0-9-]+(?::\d{1,5})?$/,
    'a host such as git.example.org, with a port where it is not 443',
  )

const Secret = z.strictObject({
  file: z.string().min(1),
  hosts: z.array(Host).min(1),
  as: z
    .string()
    .regex(/^(?:bearer|basic|header [A-Za-z][A-Za-z0-9-]*)$/, 'bearer, basic or header NAME')
    .default('bearer'),
})

const File = z.strictObject({
  'failed-builds': z
    .strictObject({
      count: z.number().int().min(0).max(1000).default(10),
      size: Size.default(10e9),
    })
    .default({ count: 10, size: 10e9 }),
  secrets: z
    .record(z.string().regex(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and hyphens'), Secret)
    .default({}),
})

/**
 * Reads the settings file. Without one everything is as by default.
 *
 * @param isNamed a person named the path: then it must be there
 * @throws MillraceError SETTINGS_INVALID with line and column
 */
export function readSettingsFile(path: string, isNamed: boolean): FileSettings {
  const read = parseSettingsFile(File, readText(path, isNamed), path)
  const { count: maxCount, size: maxBytes } = read['failed-builds']
  return {
    failedBuilds: { maxCount, maxBytes },
    secrets: Object.entries(read.secrets).map(([name, { file, hosts, as }]) => {
      return { name, file: resolve(dirname(path), file), hosts, as }
    }),
  }
}

function readText(path: string, isNamed: boolean): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (!isSystemError(cause)) throw cause
    if (!isNamed && cause.code === 'ENOENT') return '{}'
    throw new MillraceError('SETTINGS_INVALID', {
      what: `reading the settings file ${path}`,
      why: cause.message,
      fix: 'give the path of a file that is there in MILLRACE_SETTINGS',
    })
  }
}
