// SPDX-License-Identifier: Apache-2.0
import {
  ByteReader,
  chunksOf,
  collectBytes,
  gzipSmall,
  readGzipMember,
  readTar,
  TAR_END,
} from '../archive/index.ts'
import { MillraceError } from '../base/index.ts'
import { type Keyring, verifyAny } from './read.ts'
import type { ApkIdentity, ApkRecord } from './record.ts'
import { type ApkSigner, signatureMember, smallFile } from './write.ts'

/** The text of one record, with the blank line that ends it. Letters in melange's order. */
export function formatApkRecord(record: ApkRecord): string {
  const line = (letter: string, value: string | number) => `${letter}:${value}\n`
  const given = (letter: string, value: string | number) =>
    value === '' || value === 0 ? '' : line(letter, value)
  return [
    line('C', record.identity),
    line('P', record.name),
    line('V', record.version),
    given('A', record.arch),
    given('S', record.sizeBytes),
    given('I', record.installedSizeBytes),
    line('T', record.description),
    given('U', record.url),
    given('L', record.license),
    given('o', record.origin),
    given('m', record.maintainer),
    given('t', record.buildTimeSec),
    given('c', record.commit),
    given('D', record.depends.join(' ')),
    given('i', record.installIf.join(' ')),
    given('p', record.provides.join(' ')),
    given('k', record.providerPriority),
    '\n',
  ].join('')
}

const MAX_LINE = 1024 * 1024

/** @param what what is being read, for messages. @throws MillraceError INDEX_INVALID with the line. */
export function parseApkIndex(text: string, what: string): ApkRecord[] {
  const records: ApkRecord[] = []
  let fields = new IndexFields()
  let lineNumber = 0
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf('\n', start)
    if (end === -1) end = text.length
    lineNumber += 1
    if (end === start) {
      if (fields.begun) records.push(fields.record(what, lineNumber))
      fields = new IndexFields()
    } else {
      if (text.charCodeAt(start + 1) !== COLON || end - start > MAX_LINE)
        throw indexInvalid(
          what,
          lineNumber,
          'a line does not begin with a letter and a colon, or is too long',
        )
      fields.set(text.charCodeAt(start), text.slice(start + 2, end))
    }
    start = end + 1
  }
  if (fields.begun) records.push(fields.record(what, lineNumber))
  return records
}

const COLON = 58

/** One record while it is read. An index has a million lines: no map is made for each of its packages. */
class IndexFields {
  begun = false
  #identity: string | undefined
  #name = ''
  #version = ''
  #arch = ''
  #size = ''
  #installedSize = ''
  #description = ''
  #url = ''
  #license = ''
  #origin = ''
  #maintainer = ''
  #buildTime = ''
  #commit = ''
  #depends = ''
  #provides = ''
  #installIf = ''
  #replaces = ''
  #providerPriority = ''

  /** Lists may be given in several lines. */
  set(letter: number, value: string): void {
    this.begun = true
    switch (String.fromCharCode(letter)) {
      case 'C':
        this.#identity = value
        break
      case 'P':
        this.#name = value
        break
      case 'V':
        this.#version = value
        break
      case 'A':
        this.#arch = value
        break
      case 'S':
        this.#size = value
        break
      case 'I':
        this.#installedSize = value
        break
      case 'T':
        this.#description = value
        break
      case 'U':
        this.#url = value
        break
      case 'L':
        this.#license = value
        break
      case 'o':
        this.#origin = value
        break
      case 'm':
        this.#maintainer = value
        break
      case 't':
        this.#buildTime = value
        break
      case 'c':
        this.#commit = value
        break
      case 'D':
        this.#depends = joined(this.#depends, value)
        break
      case 'p':
        this.#provides = joined(this.#provides, value)
        break
      case 'i':
        // melange writes this list in brackets.
        this.#installIf = joined(this.#installIf, value.replace(/^\[(.*)\]$/, '$1'))
        break
      case 'r':
        this.#replaces = joined(this.#replaces, value)
        break
      case 'k':
        this.#providerPriority = value
        break
    }
  }

  /** @throws MillraceError INDEX_INVALID */
  record(what: string, line: number): ApkRecord {
    const identity = this.#identity ?? 'Q1'
    if (this.#name === '' || this.#version === '')
      throw indexInvalid(what, line, 'a record has no name (P) or no version (V)')
    if (!identity.startsWith('Q'))
      throw indexInvalid(what, line, `the checksum of ${this.#name} is ${JSON.stringify(identity)}`)
    return {
      name: this.#name,
      version: this.#version,
      arch: this.#arch,
      identity: identity as ApkIdentity,
      sizeBytes: Number(this.#size) || 0,
      installedSizeBytes: Number(this.#installedSize) || 0,
      description: this.#description,
      url: this.#url,
      license: this.#license,
      origin: this.#origin,
      maintainer: this.#maintainer,
      buildTimeSec: Number(this.#buildTime) || 0,
      commit: this.#commit,
      depends: words(this.#depends),
      provides: words(this.#provides),
      installIf: words(this.#installIf),
      replaces: words(this.#replaces),
      providerPriority: Number(this.#providerPriority) || 0,
    }
  }
}

function joined(before: string, value: string): string {
  return before === '' ? value : `${before} ${value}`
}

/** A signed `APKINDEX.tar.gz`. The order of the records is kept. */
export async function writeApkIndex(
  records: readonly string[],
  description: string,
  signer: ApkSigner,
): Promise<Uint8Array> {
  const files = [
    smallFile('APKINDEX', Buffer.from(records.join('')), 0o644, 0),
    smallFile('DESCRIPTION', Buffer.from(description), 0o644, 0),
  ]
  const section = gzipSmall(Buffer.concat([...files, TAR_END]))
  return Buffer.concat([await signatureMember(section, signer, 0), section])
}

const INDEX_BYTES = 300 * 1024 * 1024

/** Reads an `APKINDEX.tar.gz`; with a keyring, a good signature of one of its keys is required. @throws MillraceError INDEX_INVALID, SIGNATURE_INVALID, ARCHIVE_INVALID */
export async function readApkIndex(bytes: Uint8Array, what: string, keyring?: Keyring): Promise<ApkRecord[]> {
  const reader = new ByteReader(chunksOf(bytes))
  const first = await tarFiles(reader, what)
  const signatures = [...first]
    .filter(([name]) => name.startsWith('.SIGN.'))
    .map(([name, content]) => [name, { bytes: content }] as const)
  const start = signatures.length > 0 ? reader.offset : 0
  const files = signatures.length > 0 ? await tarFiles(reader, what) : first
  if (keyring !== undefined) verifyAny(signatures, bytes.subarray(start, reader.offset), keyring, what)
  const index = files.get('APKINDEX')
  if (index === undefined) throw indexInvalid(what, 0, 'it has no file APKINDEX')
  return parseApkIndex(Buffer.from(index).toString('utf8'), what)
}

async function tarFiles(reader: ByteReader, what: string): Promise<Map<string, Uint8Array>> {
  const bytes = await collectBytes(readGzipMember(reader, what), INDEX_BYTES, what)
  const files = new Map<string, Uint8Array>()
  for await (const { entry, body } of readTar(chunksOf(bytes), what))
    files.set(entry.path, await collectBytes(body, INDEX_BYTES, what))
  return files
}

const NONE: readonly string[] = []

function words(text: string): readonly string[] {
  if (text === '') return NONE
  const split = text.split(' ')
  return split.includes('') ? split.filter((word) => word !== '') : split
}

function indexInvalid(what: string, line: number, why: string): MillraceError {
  return new MillraceError('INDEX_INVALID', {
    what,
    why: line === 0 ? why : `line ${line}: ${why}`,
    fix: 'get the index again; if it comes from your own repository, publish again',
  })
}
