// SPDX-License-Identifier: Apache-2.0
import type { Dirent } from 'node:fs'
import { constants } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { cleanPath, readTar, type TarMember } from '../../archive/index.ts'
import { isSystemError } from '../../base/index.ts'
import { isLookedInto, licenseFileWeight, type ScanDepth } from './file-names.ts'

/** A file that may hold a license, out of a source tree. */
export interface LicenseFile {
  /** Below the tree's top. */
  readonly path: string
  readonly weight: number
  readonly text: string
}

/** What is asked of a tree: beside files whose names say it, those that the recipe names. */
export interface Wanted {
  readonly depth: ScanDepth
  readonly paths: readonly string[]
}

/** No license is longer; of what is, the beginning is read. */
const MAX_BYTES = 1024 * 1024
/** A file that a recipe names counts like one whose name says it. */
const NAMED_WEIGHT = 1
const MAX_FILES = 2000

/** License files of a directory, the surest first. The tree is hostile: no link is followed. */
export async function licenseFilesIn(root: string, wanted: Wanted): Promise<LicenseFile[]> {
  const files: LicenseFile[] = []
  for await (const path of pathsIn(root, [], wanted)) {
    const weight = weightOf(path, wanted)
    if (weight === null || files.length >= MAX_FILES) continue
    const text = await readHead(join(root, path))
    if (text !== undefined) files.push({ path, weight, text })
  }
  return files.sort(byWeight)
}

/**
 * License files of a source archive, the surest first: with paths as after unpacking without the one directory that holds everything, if there is one. Nothing is written.
 *
 * @throws MillraceError ARCHIVE_INVALID, ARCHIVE_HOSTILE, ARCHIVE_TOO_LARGE
 */
export async function licenseFilesOf(
  tar: AsyncIterable<Uint8Array>,
  wanted: Wanted,
  what: string,
): Promise<LicenseFile[]> {
  const tops = new Set<string>()
  const texts = new Map<string, string>()
  for await (const { entry, body } of readTar(tar, what)) {
    const path = cleanPath(entry.path, what)
    if (path === '' || entry.type === 'symlink') continue
    tops.add(entry.type === 'directory' || path.includes('/') ? (path.split('/')[0] ?? '') : '')
    if (entry.type !== 'file' || texts.size >= MAX_FILES) continue
    // Whether everything is in one directory shows at the end only.
    const isWanted = [path, path.slice(path.indexOf('/') + 1)].some((one) => weightOf(one, wanted) !== null)
    if (isWanted) texts.set(path, await headOf(body))
  }
  const [top] = tops
  const strip = tops.size === 1 && top !== undefined && top !== '' ? top.length + 1 : 0
  return [...texts]
    .map(([path, text]) => ({ path: path.slice(strip), text }))
    .flatMap(({ path, text }) => {
      const weight = weightOf(path, wanted)
      return weight === null ? [] : [{ path, weight, text }]
    })
    .sort(byWeight)
}

const byWeight = (a: LicenseFile, b: LicenseFile) => b.weight - a.weight || (a.path < b.path ? -1 : 1)

function weightOf(path: string, { depth, paths }: Wanted): number | null {
  const isNamed = paths.some((one) => one === path || one.endsWith(`/${path}`))
  return licenseFileWeight(path, depth) ?? (isNamed ? NAMED_WEIGHT : null)
}

async function* pathsIn(root: string, directory: readonly string[], wanted: Wanted): AsyncGenerator<string> {
  for (const entry of await entriesOf(join(root, ...directory))) {
    const path = [...directory, entry.name]
    if (entry.isFile()) yield path.join('/')
    else if (entry.isDirectory() && (isLookedInto(path, wanted.depth) || leadsTo(path, wanted)))
      yield* pathsIn(root, path, wanted)
  }
}

const leadsTo = (directory: readonly string[], { paths }: Wanted) =>
  paths.some((path) => path.startsWith(`${directory.join('/')}/`))

async function entriesOf(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true })
  } catch (error) {
    if (isSystemError(error, 'EACCES', 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
}

async function readHead(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } catch (error) {
    if (isSystemError(error, 'EACCES', 'ENOENT', 'ELOOP', 'ENXIO')) return undefined
    throw error
  }
}

async function headOf(body: TarMember['body']): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    if (length < MAX_BYTES) chunks.push(chunk)
    length += chunk.length
  }
  return Buffer.concat(chunks).toString('utf8', 0, MAX_BYTES)
}
