// SPDX-License-Identifier: Apache-2.0
import { openApk } from '../../apk/index.ts'
import type { TarEntry, TarMember } from '../../archive/index.ts'
import { type BuiltApk, FIRST, SECOND } from '../../build/index.ts'
import type { BlobStore } from '../../store/index.ts'
import type { Difference } from './difference.ts'
import { likelyCause } from './likely-cause.ts'
import { compareBodies } from './spots.ts'
import { knownCause, type Variations } from './text-causes.ts'

/** More than these of one package help nobody. */
const MAX_DIFFERENCES = 200

/**
 * What two builds of one plan did not make alike: nothing when data and relations of every package are the same. Reads both trees in step, and no file larger than 8 MiB as a whole.
 *
 * @throws MillraceError BLOB_MISSING, BLOB_CORRUPT, APK_INVALID
 */
export async function comparePackages(
  f: { readonly store: BlobStore },
  first: readonly BuiltApk[],
  second: readonly BuiltApk[],
  variations: Variations = { first: FIRST, second: SECOND },
): Promise<Difference[]> {
  const differences: Difference[] = []
  const others = new Map(second.map((apk) => [apk.record.name, apk]))
  for (const one of first) {
    const { name } = one.record
    const other = others.get(name)
    others.delete(name)
    if (other === undefined) differences.push(whole(name, 'only the first build made this package'))
    else differences.push(...compareRecords(one, other), ...(await compareTrees(f, one, other, variations)))
  }
  for (const name of others.keys()) differences.push(whole(name, 'only the second build made this package'))
  return differences
}

const whole = (name: string, likelyCause: string): Difference => ({
  package: name,
  file: '',
  offset: null,
  likelyCause,
})

/** What a record says beyond the tree: its size and identity follow from that. */
function compareRecords({ record: one }: BuiltApk, { record: other }: BuiltApk): Difference[] {
  const { sizeBytes: _s, identity: _i, installedSizeBytes: _t, ...fields } = one
  return Object.keys(fields).flatMap((key) => {
    const [a, b] = [one[key as keyof typeof one], other[key as keyof typeof other]]
    if (JSON.stringify(a) === JSON.stringify(b)) return []
    const shown = (value: unknown, without: unknown) =>
      Array.isArray(value) && Array.isArray(without)
        ? value.filter((item) => !without.includes(item)).join(' ') || 'nothing else'
        : String(value)
    const likelyCause = `its ${key} differ: ${shown(a, b)} in the first build, ${shown(b, a)} in the second`
    return [{ package: one.name, file: '.PKGINFO', offset: null, likelyCause }]
  })
}

async function compareTrees(
  f: { readonly store: BlobStore },
  one: BuiltApk,
  other: BuiltApk,
  variations: Variations,
): Promise<Difference[]> {
  if (one.datahash === other.datahash) return []
  const { name } = one.record
  const open = async ({ file, record }: BuiltApk) =>
    (await openApk(f.store.read(file), `comparing ${record.name}-${record.version}`)).data
  const differences: Difference[] = []
  for await (const pair of inStep(await open(one), await open(other))) {
    const found = await compareMembers(pair, variations)
    if (found !== null) differences.push({ package: name, file: found.file, ...found.told })
    if (differences.length === MAX_DIFFERENCES) break
  }
  if (differences.length > 0) return differences
  return [whole(name, 'the trees are the same, but not their order or their compression')]
}

type Pair =
  | { readonly first: TarMember; readonly second: TarMember }
  | { readonly first: TarMember; readonly second: null }
  | { readonly first: null; readonly second: TarMember }

/** Members of both trees side by side. Each is in the order that packages are written in: directories, then the rest, by path. */
async function* inStep(
  first: AsyncGenerator<TarMember>,
  second: AsyncGenerator<TarMember>,
): AsyncGenerator<Pair> {
  try {
    let [a, b] = [await first.next(), await second.next()]
    while (!a.done || !b.done) {
      const order = a.done ? 1 : b.done ? -1 : compareOrder(a.value.entry, b.value.entry)
      if (order === 0 && !a.done && !b.done) yield { first: a.value, second: b.value }
      else if (order < 0 && !a.done) yield { first: a.value, second: null }
      else if (!b.done) yield { first: null, second: b.value }
      if (order <= 0) a = await first.next()
      if (order >= 0) b = await second.next()
    }
  } finally {
    await first.return(undefined)
    await second.return(undefined)
  }
}

function compareOrder(a: TarEntry, b: TarEntry): number {
  const kind = (entry: TarEntry) => (entry.type === 'directory' ? 0 : 1)
  return kind(a) - kind(b) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)
}

interface Found {
  readonly file: string
  readonly told: Pick<Difference, 'offset' | 'likelyCause'>
}

async function compareMembers({ first, second }: Pair, variations: Variations): Promise<Found | null> {
  const at = (file: string, likelyCause: string, offset: number | null = null): Found => ({
    file,
    told: { offset, likelyCause },
  })
  if (second === null) return at(first.entry.path, 'only the first build made it')
  if (first === null) return at(second.entry.path, 'only the second build made it')
  const [a, b] = [first.entry, second.entry]
  if (a.type !== b.type) return at(a.path, `a ${a.type} in the first build, a ${b.type} in the second`)
  if (a.linkPath !== b.linkPath) return at(a.path, linkCause(a.linkPath, b.linkPath, variations))
  const body = a.type === 'file' ? await compareBodies(sized(first), sized(second)) : null
  if (body !== null) return at(a.path, likelyCause(a.path, body, variations), body.spots[0].offset)
  const fields = ['mode', 'uid', 'gid', 'mtimeSec'] as const
  const field = fields.find((key) => a[key] !== b[key])
  if (field !== undefined) {
    const shown = (entry: TarEntry) =>
      field === 'mode' ? entry.mode.toString(8).padStart(4, '0') : entry[field]
    return at(a.path, `its ${field} is ${shown(a)} in the first build, ${shown(b)} in the second`)
  }
  return attributesOf(a) === attributesOf(b) ? null : at(a.path, 'its extended attributes differ')
}

/** Checksums of a hard link's file differ with the file, which is told by its first name. */
function attributesOf({ pax }: TarEntry): string {
  return JSON.stringify([...pax].filter(([name]) => name.startsWith('SCHILY.xattr.')).sort())
}

const sized = ({ entry, body }: TarMember) => ({ sizeBytes: entry.sizeBytes, body })

function linkCause(first: string, second: string, variations: Variations): string {
  const [a, b] = [Buffer.from(first), Buffer.from(second)]
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  const cause = knownCause({ offset: at, first: a, second: b, at }, variations)
  const led = `the link leads to ${JSON.stringify(first)} in the first build, to ${JSON.stringify(second)} in the second`
  return cause === null ? led : `${cause} (${led})`
}
