// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod'
import { parseSettingsFile } from '../base/index.ts'

const Path = z
  .string()
  .regex(/^(?!.*(^|\/)\.\.?(\/|$))[^/].*[^/]$/, 'a path without a slash at its ends, and no dots')
const Name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9+._-]*$/, 'a package name in lower-case letters, digits and + . _ -')

/** `distro/seed.yaml`: which outside packages the first builds stand on, and how they become apks. */
export const SeedSpec = z.strictObject({
  /** Debian's release. */
  suite: z.string().regex(/^[a-z]+$/, 'a release in lower-case letters, such as trixie'),
  /** Suites above it, whose newer versions win. */
  updates: z
    .array(z.string().regex(/^[a-z-]+$/, 'a suite in lower-case letters, such as trixie-updates'))
    .default([]),
  /** Debian's name for each of ours. */
  architectures: z.record(z.string(), z.string()),
  /** A name that recipes use, and the Debian packages, or other names of this list, that stand for it. */
  names: z.record(Name, z.array(Name).min(1)),
  /** Debian packages that others ask for and that builds do without. */
  leave: z.array(Name).default([]),
  /** Paths that are not taken over; `*` within a name, `**` for any number of names. */
  drop: z.array(z.string().min(1)).default([]),
  /** Links that Debian makes when it installs a package. */
  links: z.record(Name, z.record(Path, z.string().min(1))).default({}),
  /** Files that Debian makes of others when it installs a package: the path, and the pattern of what is joined. */
  joined: z.record(Name, z.record(Path, z.string().min(1))).default({}),
  /** The package that holds the bare tree. */
  baselayout: z.strictObject({
    directories: z.record(Path, z.string().regex(/^[0-7]{3,4}$/, 'an octal mode in quotes, such as "755"')),
    links: z.record(Path, z.string().min(1)),
    files: z.record(Path, z.string()),
  }),
})
export type SeedSpec = z.infer<typeof SeedSpec>

/** @param file what the text was read from, for messages. @throws MillraceError SETTINGS_INVALID */
export function parseSeedSpec(text: string, file: string): SeedSpec {
  return parseSettingsFile(SeedSpec, text, file)
}
