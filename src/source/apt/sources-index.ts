// SPDX-License-Identifier: Apache-2.0
import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isSystemError } from '../../base/index.ts'

/** A file of a source package in an archive, as a Sources index lists it. */
export interface IndexedFile {
  readonly sha256: string
  readonly sizeBytes: number
  /** Source package and its version. */
  readonly name: string
  readonly version: string
  /** The archive's URI, with a slash at its end. */
  readonly archive: string
  /** Below the archive: `pool/main/z/zlib/zlib_1.3.orig.tar.gz`. */
  readonly path: string
  readonly suite: string
}

/** A Sources index: its archive, its suite, and its text in pieces. */
export interface SourcesList {
  readonly archive: string
  readonly suite: string
  read(onChunk: (chunk: Uint8Array) => void): Promise<void>
}

const BUCKETS = 256
const FLUSH_CHARS = 16 * 1024
const FLUSH_LINES = 16 * 1024
const MAX_LINE_CHARS = 1024 * 1024

/**
 * Writes a new index of all upstream files of the lists, as 256 text files by the first byte of the sha256, and puts it in place at once. One list's stanza is in memory at a
 * time, and at most 8 MiB of lines.
 *
 * @returns how many places it knows.
 */
export async function writeSourcesIndex(directory: string, lists: readonly SourcesList[]): Promise<number> {
  const building = `${directory}.new`
  await rm(building, { recursive: true, force: true })
  await mkdir(building, { recursive: true })
  for (const list of lists) {
    const buckets = Array.from({ length: BUCKETS }, () => '')
    let lines = 0
    const flush = async (limit: number) => {
      for (const [bucket, text] of buckets.entries()) {
        if (text.length <= limit) continue
        buckets[bucket] = ''
        await appendFile(join(building, bucketName(bucket)), text)
      }
    }
    let flushing = Promise.resolve()
    const parser = new SourcesParser(list, (file) => {
      const bucket = Number.parseInt(file.sha256.slice(0, 2), 16)
      buckets[bucket] += formatLine(file)
      lines += 1
      if (lines % FLUSH_LINES === 0) flushing = flushing.then(() => flush(FLUSH_CHARS))
    })
    await list.read((chunk) => parser.push(chunk))
    parser.end()
    await flushing
    await flush(0)
  }
  let places = 0
  for (let bucket = 0; bucket < BUCKETS; bucket++)
    places += await dropRepeated(join(building, bucketName(bucket)))
  await rm(directory, { recursive: true, force: true })
  await rename(building, directory)
  return places
}

/** Suites share most files: of equal archive paths the first suite's line stays. */
async function dropRepeated(path: string): Promise<number> {
  const lines = new Map<string, string>()
  for (const line of (await readIfThere(path)).split('\n')) {
    if (line === '') continue
    const { sha256, archive, path: file } = parseLine(line)
    const place = `${sha256} ${archive}${file}`
    if (!lines.has(place)) lines.set(place, line)
  }
  await writeFile(path, [...lines.values(), ''].join('\n'))
  return lines.size
}

/** Every place that an index lists for a sha256, in the order of its lists. */
export async function findIndexed(directory: string, sha256: string): Promise<IndexedFile[]> {
  const text = await readIfThere(join(directory, bucketName(Number.parseInt(sha256.slice(0, 2), 16))))
  const found: IndexedFile[] = []
  for (let at = text.indexOf(`${sha256}\t`); at !== -1; at = text.indexOf(`${sha256}\t`, at + 1))
    found.push(parseLine(text.slice(at, text.indexOf('\n', at))))
  return found
}

/**
 * Takes a Sources index line by line (deb-src-control(5)); of each package it gives the files that can be upstream's. Most lines are never cut out of their chunk: an index has two million of them,
 * and few matter.
 */
class SourcesParser {
  readonly #list: SourcesList
  readonly #onFile: (file: IndexedFile) => void
  #rest = ''
  #fields = { package: '', version: '', directory: '' }
  #files: { sha256: string; sizeBytes: number; file: string }[] = []
  #inChecksums = false

  constructor(list: SourcesList, onFile: (file: IndexedFile) => void) {
    this.#list = list
    this.#onFile = onFile
  }

  push(chunk: Uint8Array): void {
    // What is read here is ASCII by policy; other fields may be anything.
    const text = this.#rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1')
    let start = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.#line(text, start, end)
      start = end + 1
    }
    this.#rest = text.length - start > MAX_LINE_CHARS ? '' : text.slice(start)
  }

  end(): void {
    this.#line(this.#rest, 0, this.#rest.length)
    this.#rest = ''
    this.#finish()
  }

  #line(text: string, start: number, end: number): void {
    const after = (field: string) => text.slice(start + field.length, end)
    if (text[start] === ' ') {
      if (this.#inChecksums) this.#checksum(text.slice(start, end))
      return
    }
    this.#inChecksums = text.startsWith('Checksums-Sha256:', start)
    if (start === end) this.#finish()
    else if (text.startsWith('Package: ', start)) this.#fields.package = after('Package: ')
    else if (text.startsWith('Version: ', start)) this.#fields.version = after('Version: ')
    else if (text.startsWith('Directory: ', start)) this.#fields.directory = after('Directory: ')
  }

  #checksum(line: string): void {
    const [, sha256, size, file] = /^ ([0-9a-f]{64}) (\d+) (\S+)$/.exec(line) ?? []
    if (sha256 === undefined || file === undefined || DEBIANS_OWN.test(file)) return
    this.#files.push({ sha256, sizeBytes: Number(size), file })
  }

  #finish(): void {
    const { package: name, version, directory } = this.#fields
    const { archive, suite } = this.#list
    for (const { sha256, sizeBytes, file } of this.#files)
      this.#onFile({ sha256, sizeBytes, name, version, archive, suite, path: `${directory}/${file}` })
    this.#fields = { package: '', version: '', directory: '' }
    this.#files = []
    this.#inChecksums = false
  }
}

/** Packaging and signatures: nothing upstream ever released under that digest. */
const DEBIANS_OWN = /(\.dsc|\.debian\.tar\.\w+|\.diff\.gz|\.asc)$/

function formatLine(file: IndexedFile): string {
  const { sha256, sizeBytes, name, version, archive, suite, path } = file
  return `${[sha256, sizeBytes, name, version, suite, archive, path].join('\t')}\n`
}

function parseLine(line: string): IndexedFile {
  const [sha256 = '', size, name = '', version = '', suite = '', archive = '', path = ''] = line.split('\t')
  return { sha256, sizeBytes: Number(size), name, version, suite, archive, path }
}

const bucketName = (bucket: number) => `${bucket.toString(16).padStart(2, '0')}.tsv`

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return ''
    throw error
  }
}

/** When an index was last written, in milliseconds; null when there is none. */
export async function readIndexTime(directory: string): Promise<number | null> {
  const ms = Number(await readIfThere(`${directory}.time`))
  return ms > 0 ? ms : null
}

export async function writeIndexTime(directory: string, ms: number): Promise<void> {
  await writeFile(`${directory}.time`, String(ms))
}
