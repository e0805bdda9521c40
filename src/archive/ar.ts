// SPDX-License-Identifier: Apache-2.0
import { archiveInvalid, ByteReader, type Chunks } from './bytes.ts'

export interface ArMember {
  readonly name: string
  readonly sizeBytes: number
  readonly body: AsyncGenerator<Uint8Array>
}

const MAGIC = '!<arch>\n'
const HEADER_BYTES = 60

/** The members of a common `ar` archive, as .deb files are (deb(5), ar(5)). A body is read, or left, before the next member is asked for. @throws ARCHIVE_INVALID */
export async function* readAr(chunks: Chunks, what: string): AsyncGenerator<ArMember> {
  await using reader = new ByteReader(chunks)
  const magic = await reader.exactly(MAGIC.length, what)
  if (magic === undefined || Buffer.from(magic).toString('latin1') !== MAGIC)
    throw archiveInvalid(what, 'it is not an ar archive')
  for (;;) {
    const header = await reader.exactly(HEADER_BYTES, what)
    if (header === undefined) return
    const text = Buffer.from(header).toString('latin1')
    const size = text.slice(48, 58).trim()
    if (!/^\d+$/.test(size) || text.slice(58) !== '`\n') throw archiveInvalid(what, 'an ar header is broken')
    const sizeBytes = Number(size)
    const body = reader.take(sizeBytes, what)
    yield { name: text.slice(0, 16).trim().replace(/\/$/, ''), sizeBytes, body }
    for await (const _ of body);
    if (sizeBytes % 2 === 1) await reader.exactly(1, what)
  }
}
