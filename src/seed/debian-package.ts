// SPDX-License-Identifier: Apache-2.0
import { type Digest, digestFromHex, MillraceError } from '../base/index.ts'
import { fieldsOf } from '../source/index.ts'

/** One binary package as Debian's index describes it (deb-control(5)); it is what a lock keeps. */
export interface DebianPackage {
  readonly name: string
  readonly version: string
  /** The source package's name. */
  readonly source: string
  readonly summary: string
  readonly homepage: string
  /** `Pre-Depends` and `Depends`, each clause a list of names that would do. Versions are met: apt chose all packages together. */
  readonly depends: readonly (readonly string[])[]
  readonly provides: readonly string[]
  readonly uri: string
  readonly digest: Digest
  readonly sizeBytes: number
}

/** @param uri where the package's file is. @throws MillraceError SEED_FAILED */
export function parseDebianStanza(stanza: string, uri: string): DebianPackage {
  const field = fieldsOf(stanza)
  const [name, version, sha256] = ['package', 'version', 'sha256'].map((key) => field.get(key) ?? '')
  if (!name || !version || !/^[0-9a-f]{64}$/.test(sha256 ?? ''))
    throw new MillraceError('SEED_FAILED', {
      what: 'reading what apt-cache shows of a package',
      why: `the stanza of ${name || 'a package'} has no name, no version or no sha256`,
      fix: 'run the same command again; if it stays so, the archive’s index is broken',
    })
  return {
    name,
    version,
    source: (field.get('source') ?? name).replace(/ .*/, ''),
    summary: (field.get('description') ?? '').split('\n', 1)[0] ?? '',
    homepage: field.get('homepage') ?? '',
    depends: [...clausesOf(field.get('pre-depends')), ...clausesOf(field.get('depends'))],
    provides: clausesOf(field.get('provides')).flat(),
    uri,
    digest: digestFromHex(sha256 ?? ''),
    sizeBytes: Number(field.get('size') ?? 0),
  }
}

/** `a (>= 1) | b:any, c` → `[[a, b], [c]]` */
export function clausesOf(text: string | undefined): string[][] {
  return (text ?? '')
    .split(',')
    .map((clause) =>
      clause
        .split('|')
        .map((one) =>
          one
            .replace(/\(.*?\)|\[.*?\]|<.*?>/g, '')
            .trim()
            .replace(/:\w+$/, ''),
        )
        .filter((one) => one !== ''),
    )
    .filter((names) => names.length > 0)
}
