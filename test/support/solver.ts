// SPDX-License-Identifier: Apache-2.0
import {
  type ApkRecord,
  type ChosenPackage,
  type Dependency,
  parseDependency,
  providedBy,
} from '../../src/apk/index.ts'
import { satisfiesVersion } from '../../src/versions/index.ts'

/** A record in one line: `a-1.0-r0 D: b c>=2 p: x=1 k: 5 i: d o: origin`. */
export function recordOfLine(text: string): ApkRecord {
  const [head = '', ...fields] = text.split(/\s(?=[Dpiko]:)/)
  const [, name = '', version = ''] = /^(.+?)-(\d.*)$/.exec(head) ?? []
  const list = (letter: string) =>
    fields
      .find((field) => field.startsWith(`${letter}:`))
      ?.slice(2)
      .trim()
      .split(' ')
      .filter((item) => item !== '') ?? []
  return aRecord({
    name,
    version,
    origin: list('o')[0] ?? name,
    depends: list('D'),
    provides: list('p'),
    installIf: list('i'),
    providerPriority: Number(list('k')[0] ?? 0),
  })
}

export function aRecord(given: Partial<ApkRecord>): ApkRecord {
  return {
    ...{ name: 'a', version: '1', arch: 'x86_64', identity: 'Q1', sizeBytes: 1, installedSizeBytes: 1 },
    ...{ description: '', url: '', license: '', origin: '', maintainer: '', buildTimeSec: 0, commit: '' },
    ...{ depends: [], provides: [], installIf: [], replaces: [], providerPriority: 0 },
    ...given,
  }
}

export function stemsOf(packages: readonly ChosenPackage[]): string[] {
  return packages.map(({ record }) => `${record.name}-${record.version}`)
}

/** What is wrong with a choice of packages, found without the solver: wishes that nobody meets, packages that exclude each other, install_ifs that hold for nobody. */
export function faultsOf(world: readonly string[], packages: readonly ChosenPackage[]): string[] {
  const records = packages.map(({ record }) => record)
  const faults: string[] = []
  const owners = new Map<string, { readonly record: ApkRecord; readonly version: string | null }[]>()
  for (const record of records)
    for (const { name, version } of providedBy(record))
      owners.set(name, [...(owners.get(name) ?? []), { record, version }])
  const check = (text: string, who: string, listed: boolean) => {
    const wish = parseDependency(text)
    if (wish === undefined) return void faults.push(`${who} wishes ${text}, which is no dependency`)
    const meeting = (owners.get(wish.name) ?? []).filter((one) => isMet(wish, one.version, listed))
    if (wish.conflict) {
      const others = meeting.filter(({ record }) => `${record.name}-${record.version}` !== who)
      if (others.length > 0) faults.push(`${who} forbids ${text.slice(1)}`)
    } else if (meeting.length === 0) faults.push(`${who} wishes ${text} in vain`)
  }
  for (const text of world) check(text, 'the list', true)
  for (const record of records)
    for (const text of record.depends) check(text, `${record.name}-${record.version}`, false)
  for (const [name, all] of owners)
    if (all.length > 1 && all.some(({ version }) => version !== null)) faults.push(`${name} has two owners`)
  return faults
}

function isMet(
  { operator, version: required }: Dependency,
  version: string | null,
  listed: boolean,
): boolean {
  if (operator === null) return true
  if (version === null) return operator.startsWith('<')
  const withRevision = listed && operator.includes('=') && !/-r\d+$/.test(required) ? [`${required}-r0`] : []
  return [required, ...withRevision].some((one) => satisfiesVersion(version, operator, one))
}
