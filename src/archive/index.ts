// SPDX-License-Identifier: Apache-2.0
/**
 * Archive formats as streams: tar (ustar and pax, byte-exact when written), gzip members with known places of their deflate data, ar; and the unpacking that nothing hostile gets
 * out of. Formats, stores and trades import it; it imports base. Specifications: POSIX.1-2017 pax, RFC 1951, RFC 1952, ar(5).
 */
export { type ArMember, readAr } from './ar.ts'
export { archiveInvalid, ByteReader, type Chunks, chunksOf, collectBytes, tooLarge } from './bytes.ts'
export { diskTree } from './disk-tree.ts'
export { cleanPath, type ExtractOptions, extractTar, type TreeWriter } from './extract.ts'
export {
  atGzipMember,
  type DeflatedStretch,
  GZIP_HEADER,
  GZIP_TRAILER_BYTES,
  gunzip,
  gzipSmall,
  gzipTrailer,
  readGzipMember,
  writeGzipStretches,
} from './gzip.ts'
export { BLOCK_BYTES, TAR_END, type TarEntry, type TarType, tarEntry, tarPadding } from './tar-entry.ts'
export { DEFAULT_TAR_LIMITS, readTar, type TarLimits, type TarMember } from './tar-read.ts'
export { tarHeader } from './tar-write.ts'
