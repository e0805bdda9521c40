// SPDX-License-Identifier: Apache-2.0

export type TarType = 'file' | 'hardlink' | 'symlink' | 'char' | 'block' | 'directory' | 'fifo'

/** The typeflag byte of each kind (POSIX.1-2017 pax, "ustar Interchange Format"). */
export const TYPE_FLAGS: Readonly<Record<TarType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
}

/** One member of a tar: what its header says, extended headers applied. */
export interface TarEntry {
  /** As written, without a trailing slash. */
  readonly path: string
  readonly type: TarType
  /** Permission bits with setuid, setgid and sticky: 0 to 0o7777. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly uname: string
  readonly gname: string
  readonly sizeBytes: number
  readonly mtimeSec: number
  /** Target of a link, '' for other kinds. */
  readonly linkPath: string
  readonly devMajor: number
  readonly devMinor: number
  /** Extended header records that no field above shows: `SCHILY.xattr.*`, `APK-TOOLS.checksum.*` and the like. Values are Latin-1 text of the bytes. */
  readonly pax: ReadonlyMap<string, string>
}

export const BLOCK_BYTES = 512

/** The two zero blocks at the end of an archive. */
export const TAR_END: Uint8Array = new Uint8Array(2 * BLOCK_BYTES)

/** Zero bytes that fill the last block of a body. */
export function tarPadding(sizeBytes: number): Uint8Array {
  return new Uint8Array((BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES)
}

/** An entry from the fields that matter to the caller; the others are those of a plain file of root from 1970. */
export function tarEntry(given: Partial<TarEntry> & Pick<TarEntry, 'path' | 'type'>): TarEntry {
  return {
    mode: given.type === 'directory' ? 0o755 : given.type === 'symlink' ? 0o777 : 0o644,
    uid: 0,
    gid: 0,
    uname: 'root',
    gname: 'root',
    sizeBytes: 0,
    mtimeSec: 0,
    linkPath: '',
    devMajor: 0,
    devMinor: 0,
    pax: new Map(),
    ...given,
  }
}
