// SPDX-License-Identifier: Apache-2.0
import type { TarType } from '../archive/index.ts'
import type { Digest } from '../base/index.ts'

/** An entry of a package, as its tar header has it. */
export interface TreeEntry {
  readonly path: string
  readonly type: Extract<TarType, 'file' | 'directory' | 'symlink' | 'hardlink'>
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly mtimeSec: number
  readonly linkTarget: string
  /** Hex; of a file's content, or a symbolic link's target. '' for directories. */
  readonly sha1: string
}

/** What an image needs to know of a package's files, without reading them again. */
export interface StoredTree {
  readonly entries: readonly TreeEntry[]
  /** The content of the few files that an image is made by: accounts, os-release, the loader's and busybox's lists. */
  readonly texts: Readonly<Record<string, string>>
  /** Shared libraries by path: what a loader calls them, and which machine they run on. */
  readonly libraries: Readonly<Record<string, { readonly soname: string; readonly arch: string }>>
}

export interface PackageTree extends StoredTree {
  readonly diffId: Digest
  /** Of the data member, which ends where the file ends. */
  readonly sizeBytes: number
}
