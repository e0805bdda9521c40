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
  /** The same for names that only some recipes use: taken up when one asks for them and none makes them ({@link askedSeed}). */
  onDemand: z.record(Name, z.array(Name).min(1)).default({}),
  /** Debian packages that others ask for and that builds do without, unless a name stands for them. */
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

/** A seed's description with those of its on-demand names taken up that are asked for, and those that these stand on. */
export function askedSeed(spec: SeedSpec, asked: Iterable<string>): SeedSpec {
  const taken = new Map<string, string[]>()
  const waiting = [...asked]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const targets = Object.hasOwn(spec.onDemand, name) ? spec.onDemand[name] : undefined
    if (targets === undefined || taken.has(name)) continue
    taken.set(name, targets)
    waiting.push(...targets)
  }
  return { ...spec, names: { ...Object.fromEntries(taken), ...spec.names } }
}

/** @param file what the text was read from, for messages. @throws MillraceError SETTINGS_INVALID */
export function parseSeedSpec(text: string, file: string): SeedSpec {
  return parseSettingsFile(SeedSpec, text, file)
}
