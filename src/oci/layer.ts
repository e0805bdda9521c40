// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import {
  ByteReader,
  type Chunks,
  chunksOf,
  GZIP_HEADER,
  gunzip,
  gzipSmall,
  gzipTrailer,
  TAR_END,
  tarEntry,
  tarHeader,
} from '../archive/index.ts'
import { type Digest, digestFromHex } from '../base/index.ts'

/** A stretch of a layer's bytes: a range of a blob, or the bytes themselves where they are few. Offsets count from the blob's first byte; `end` is exclusive. */
export type LayerPart =
  | { readonly blob: Digest; readonly start: number; readonly end: number }
  | { readonly bytes: Uint8Array }

export interface LayerDirectory {
  readonly path: string
  readonly mode: number
  readonly mtimeSec: number
}

/** A tree that lies in a blob as one gzip member: its directories first, a full flush, then the rest (design §14). */
export interface PackedTree {
  readonly blob: Digest
  /** Where the member begins in the blob. The places in `rest` count from there. */
  readonly memberStart: number
  readonly directories: readonly LayerDirectory[]
  readonly rest: {
    readonly start: number
    readonly end: number
    readonly crc32: number
    readonly lengthBytes: number
  }
}

/**
 * One layer of several trees, as gzip members: the directories of all of them, each once; then each tree's other entries in the very deflate bytes they were packed in; then the
 * end of the tar. Nothing is compressed again. Trees with a file of the same path must not share a layer: some readers refuse it.
 *
 * @param trees in install order: of a directory that several have, the first one's mode stands, and the last one's time.
 */
export function stitchLayer(trees: readonly PackedTree[]): LayerPart[] {
  const heads = unionOfDirectories(trees).map(({ path, mode, mtimeSec }) =>
    tarHeader(tarEntry({ path, type: 'directory', mode, mtimeSec })),
  )
  return [
    ...(heads.length === 0 ? [] : [{ bytes: gzipSmall(Buffer.concat(heads)) }]),
    ...trees.filter(({ rest }) => rest.lengthBytes > 0).flatMap(restMember),
    { bytes: END_MEMBER },
  ]
}

const END_MEMBER = gzipSmall(TAR_END)

function restMember({ blob, memberStart, rest }: PackedTree): LayerPart[] {
  return [
    { bytes: GZIP_HEADER },
    { blob, start: memberStart + rest.start, end: memberStart + rest.end },
    { bytes: gzipTrailer(rest.crc32, rest.lengthBytes) },
  ]
}

/** Parents before children: a path sorts behind every path it begins with. */
function unionOfDirectories(trees: readonly PackedTree[]): LayerDirectory[] {
  const union = new Map<string, LayerDirectory>()
  for (const { directories } of trees)
    for (const directory of directories)
      union.set(directory.path, { ...directory, mode: union.get(directory.path)?.mode ?? directory.mode })
  return [...union.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

export interface LayerDigests {
  /** Of the compressed bytes, as they travel. */
  readonly digest: Digest
  /** Of the tar in them. */
  readonly diffId: Digest
  readonly sizeBytes: number
}

/** Gives a range of a blob's bytes. */
export type ReadRange = (blob: Digest, start: number, end: number) => Chunks

/** A layer's two digests, by reading it once. Each member's CRC-32 is checked on the way. @throws MillraceError ARCHIVE_INVALID */
export async function hashLayer(
  parts: readonly LayerPart[],
  read: ReadRange,
  what: string,
): Promise<LayerDigests> {
  const digest = createHash('sha256')
  const diffId = createHash('sha256')
  const counted = async function* () {
    for await (const chunk of readParts(parts, read)) {
      digest.update(chunk)
      yield chunk
    }
  }
  await using reader = new ByteReader(counted())
  for await (const chunk of gunzip(reader, what)) diffId.update(chunk)
  return {
    digest: digestFromHex(digest.digest('hex')),
    diffId: digestFromHex(diffId.digest('hex')),
    sizeBytes: sizeOfParts(parts),
  }
}

export function sizeOfParts(parts: readonly LayerPart[]): number {
  return parts.reduce((total, part) => total + sizeOf(part), 0)
}

/** The bytes that a list of parts stands for. @param range of them, half-open; without it all. */
export async function* readParts(
  parts: readonly LayerPart[],
  read: ReadRange,
  range: { readonly start: number; readonly end: number } = { start: 0, end: Number.POSITIVE_INFINITY },
): AsyncGenerator<Uint8Array> {
  let offset = 0
  for (const part of parts) {
    const start = Math.max(range.start - offset, 0)
    const end = Math.min(range.end - offset, sizeOf(part))
    offset += sizeOf(part)
    if (start >= end) continue
    yield* 'bytes' in part
      ? chunksOf(part.bytes.subarray(start, end))
      : read(part.blob, part.start + start, part.start + end)
  }
}

function sizeOf(part: LayerPart): number {
  return 'bytes' in part ? part.bytes.length : part.end - part.start
}
