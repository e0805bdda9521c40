// SPDX-License-Identifier: Apache-2.0
import { MillraceError } from '../../base/index.ts'
import type { MachineSource } from './machine-sources.ts'

/** One of Debian's archives as the machine reaches it. */
export interface DebianArchive {
  readonly uri: string
  readonly signedBy: string | null
  readonly trusted: boolean
}

export interface DebianArchives {
  readonly main: DebianArchive
  /** Null when the machine has no entry for it. */
  readonly security: DebianArchive | null
}

const RELEASE =
  /^(bullseye|bookworm|trixie|forky|sid|stable|oldstable|oldoldstable|testing|unstable)(-updates)?$/
const SECURITY = /^[a-z]+-security$/

/** Debian's archives among the machine's sources. @throws MillraceError TOOL_MISSING when there is none: the machine is no Debian. */
export function debianArchives(sources: readonly MachineSource[]): DebianArchives {
  const archive = (form: RegExp): DebianArchive | null => {
    const source = sources.find(({ suites }) => suites.some((suite) => form.test(suite)))
    const uri = source?.uris[0]
    return source === undefined || uri === undefined
      ? null
      : { uri, signedBy: source.signedBy, trusted: source.trusted }
  }
  const main = archive(RELEASE)
  if (main !== null) return { main, security: archive(SECURITY) }
  throw new MillraceError('TOOL_MISSING', {
    what: 'looking for a Debian archive in this machine’s apt sources',
    why: 'no entry has one of Debian’s suites',
    fix: 'add Debian’s archive to the apt sources of this machine, or run Millrace on Debian',
  })
}

/** One line of an apt configuration of our own: a suite of an archive, binary packages or sources. */
export interface AptEntry {
  readonly type: 'deb' | 'deb-src'
  readonly suite: string
  readonly archive: DebianArchive
}

/** Entries for suites; those whose archive the machine does not have are left out. */
export function aptEntries(
  type: AptEntry['type'],
  suites: readonly string[],
  archives: DebianArchives,
): AptEntry[] {
  return suites.flatMap((suite) => {
    const archive = suite.endsWith('-security') ? archives.security : archives.main
    return archive === null ? [] : [{ type, suite, archive }]
  })
}

const MOVING = new Set(['testing', 'unstable', 'forky', 'sid'])

/** A deb822 sources file (sources.list(5)). Debian's `main` alone: the other components are not free software. */
export function formatAptSources(entries: readonly AptEntry[]): string {
  return entries
    .map(({ type, suite, archive }) =>
      [
        `Types: ${type}`,
        `URIs: ${archive.uri}`,
        `Suites: ${suite}`,
        'Components: main',
        ...(archive.signedBy === null
          ? []
          : [`Signed-By:${archive.signedBy.startsWith('\n') ? '' : ' '}${archive.signedBy}`]),
        ...(archive.trusted ? ['Trusted: yes'] : []),
        // These suites' Release files grow old within a week: a mirror that lags a little would stop the factory.
        ...(MOVING.has(suite) ? ['Check-Valid-Until: no'] : []),
        '',
      ].join('\n'),
    )
    .join('\n')
}
