// SPDX-License-Identifier: Apache-2.0
import type { TopTree } from './top-tree.ts'

/** A library that the loader may be asked for, and where it is. */
export interface CachedLibrary {
  readonly soname: string
  /** Absolute. */
  readonly path: string
}

/** Of each architecture: what a cache's entry says of the library's kind (glibc's `ldconfig.h`). */
const FLAGS: Readonly<Record<string, number>> = { x86_64: 0x0303, aarch64: 0x0a03 }

/** Where glibc's loader looks by itself, so that the cache is as ldconfig would make it. */
const SYSTEM_DIRECTORIES = ['/lib', '/lib64', '/usr/lib', '/usr/lib64']

/**
 * Writes `/etc/ld.so.cache` when the image has an `/etc/ld.so.conf` (apko.md §8). Libraries of other architectures are left out.
 */
export function writeLoaderCache(tree: TopTree, arch: string): void {
  const configuration = tree.text('etc/ld.so.conf')
  const flags = FLAGS[arch]
  if (configuration === undefined || flags === undefined) return
  const libraries = librariesIn(
    tree,
    [...configuredDirectories(tree, configuration), ...SYSTEM_DIRECTORIES],
    arch,
  )
  tree.file('etc/ld.so.cache', { text: formatLoaderCache(libraries, flags) })
}

function configuredDirectories(tree: TopTree, configuration: string): string[] {
  return configuration.split('\n').flatMap((line) => {
    const text = line.replace(/#.*/, '').trim()
    const [, pattern] = /^include\s+(\S+)$/.exec(text) ?? []
    if (pattern === undefined) return text.startsWith('/') ? [text] : []
    return includedFiles(tree, pattern).flatMap((file) => configuredDirectories(tree, withoutIncludes(file)))
  })
}

/** One level of includes, as distributions use it; a file that includes itself ends there. */
function withoutIncludes(text: string): string {
  return text.replace(/^\s*include\s.*$/gm, '')
}

/** @param pattern `ld.so.conf.d/*.conf`: `*` in the last part only. */
function includedFiles(tree: TopTree, pattern: string): string[] {
  const absolute = pattern.startsWith('/') ? pattern : `/etc/${pattern}`
  const slash = absolute.lastIndexOf('/')
  const [before = '', after = ''] = absolute.slice(slash + 1).split('*', 2)
  const star = absolute.includes('*', slash)
  return tree
    .namesIn(absolute.slice(0, slash))
    .filter((name) => (star ? name.startsWith(before) && name.endsWith(after) : name === before))
    .flatMap((name) => tree.text(`${absolute.slice(0, slash)}/${name}`) ?? [])
}

function librariesIn(tree: TopTree, directories: readonly string[], arch: string): CachedLibrary[] {
  const found = new Map<string, CachedLibrary>()
  const seen = new Set<string>()
  for (const directory of directories) {
    const real = tree.resolve(directory, true)
    if (real === undefined || seen.has(real)) continue
    seen.add(real)
    for (const name of tree.namesIn(real)) {
      if (!/^(lib|ld-).*\.so/.test(name)) continue
      const file = tree.target(`${real}/${name}`)
      const library =
        file !== undefined && 'owner' in file ? file.owner?.tree.libraries[file.path] : undefined
      if (library === undefined || library.arch !== arch) continue
      const stem = `${name.slice(0, name.indexOf('.so'))}.so`
      if (name !== library.soname && name !== stem) continue
      // The first directory that has a library is the one the loader would take.
      if (!found.has(name)) found.set(name, { soname: name, path: `/${real}/${name}` })
    }
  }
  return [...found.values()]
}

const HEADER_BYTES = 48
const ENTRY_BYTES = 24

/** A cache in the format `glibc-ld.so.cache1.1`, little endian (glibc's `dl-cache.h`): a header, entries in descending order of their names, their strings. */
export function formatLoaderCache(libraries: readonly CachedLibrary[], flags: number): Uint8Array {
  const ordered = libraries.toSorted(
    (a, b) => compareLibraries(b.soname, a.soname) || (a.path < b.path ? -1 : 1),
  )
  const strings: Buffer[] = []
  let offset = HEADER_BYTES + ENTRY_BYTES * ordered.length
  const place = (text: string) => {
    const bytes = Buffer.from(`${text}\0`)
    strings.push(bytes)
    offset += bytes.length
    return offset - bytes.length
  }
  const entries = ordered.map(({ soname, path }) => {
    const entry = Buffer.alloc(ENTRY_BYTES)
    entry.writeInt32LE(flags, 0)
    entry.writeUInt32LE(place(soname), 4)
    entry.writeUInt32LE(place(path), 8)
    return entry
  })
  const header = Buffer.alloc(HEADER_BYTES)
  header.write('glibc-ld.so.cache1.1', 0, 'latin1')
  header.writeUInt32LE(ordered.length, 20)
  header.writeUInt32LE(
    strings.reduce((total, bytes) => total + bytes.length, 0),
    24,
  )
  header.writeUInt8(2, 28)
  return Buffer.concat([header, ...entries, ...strings])
}

/** glibc's order of library names (`_dl_cache_libcmp`): digits count as numbers, and a digit is more than any other character. */
export function compareLibraries(a: string, b: string): number {
  let [left, right] = [0, 0]
  const digit = (text: string, at: number) => /\d/.test(text.charAt(at))
  while (left < a.length) {
    if (digit(a, left)) {
      if (!digit(b, right)) return 1
      const [one = '', other = ''] = [/^\d+/.exec(a.slice(left))?.[0], /^\d+/.exec(b.slice(right))?.[0]]
      if (Number(one) !== Number(other)) return Number(one) - Number(other)
      left += one.length
      right += other.length
    } else if (digit(b, right)) return -1
    else if (a.charAt(left) !== b.charAt(right)) return a.charCodeAt(left) - (b.charCodeAt(right) || 0)
    else {
      left += 1
      right += 1
    }
  }
  return right < b.length ? -1 : 0
}
