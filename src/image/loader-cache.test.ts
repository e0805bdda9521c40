// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tinyElf } from '../../test/support/tiny-elf.ts'
import { digestOf, lastWords, runCommand } from '../base/index.ts'
import { compareLibraries, formatLoaderCache, writeLoaderCache } from './loader-cache.ts'
import { type MergedEntry, mergeTrees, plainDirectory } from './merged-tree.ts'
import type { PackageTree, TreeEntry } from './package-tree.ts'
import { TopTree } from './top-tree.ts'

/** By path: a library's soname, what a link leads to, or a text. */
type Files = Readonly<
  Record<string, { soname: string; machine?: number } | { link: string } | { text: string }>
>

const FILES: Files = {
  lib: { link: 'usr/lib' },
  lib64: { link: 'usr/lib64' },
  'etc/ld.so.conf': { text: '# first\n/opt/one/lib\ninclude ld.so.conf.d/*.conf\n' },
  'etc/ld.so.conf.d/b.conf': { text: '/opt/two\n/opt/missing\n' },
  'etc/ld.so.conf.d/a.conf': { text: '/usr/lib/extra # comment\n' },
  'etc/ld.so.conf.d/ignored': { text: '/opt/ignored\n' },
  'usr/lib/ld-linux-x86-64.so.2': { soname: 'ld-linux-x86-64.so.2' },
  'usr/lib/libz.so.1.3.1': { soname: 'libz.so.1' },
  'usr/lib/libz.so.1': { link: 'libz.so.1.3.1' },
  'usr/lib/libz.so': { link: 'libz.so.1' },
  'usr/lib/libc.so.6': { soname: 'libc.so.6' },
  'usr/lib/libx-9.so.1': { soname: 'libx-9.so.1' },
  'usr/lib/libx-10.so.1': { soname: 'libx-10.so.1' },
  'usr/lib/libarm.so.1': { soname: 'libarm.so.1', machine: 183 },
  'usr/lib/notlib.so.1': { soname: 'notlib.so.1' },
  'usr/lib/extra/libe.so.2': { soname: 'libe.so.2' },
  'opt/one/lib/libone.so.1': { soname: 'libone.so.1' },
  'opt/two/libtwo.so.1': { soname: 'libtwo.so.1' },
  'opt/ignored/libno.so.1': { soname: 'libno.so.1' },
}

/** The same files as a tree of a package, and as a tree on disk. */
function treeOf(files: Files): TopTree {
  const entry = (path: string, type: TreeEntry['type'], linkTarget = ''): TreeEntry => ({
    ...plainDirectory(path),
    type,
    linkTarget,
  })
  const texts: Record<string, string> = {}
  const libraries: Record<string, { soname: string; arch: string }> = {}
  const entries = Object.entries(files).map(([path, file]) => {
    if ('link' in file) return entry(path, 'symlink', file.link)
    if ('text' in file) texts[path] = file.text
    else libraries[path] = { soname: file.soname, arch: file.machine === 183 ? 'aarch64' : 'x86_64' }
    return entry(path, 'file')
  })
  const tree: PackageTree = { entries, texts, libraries, diffId: digestOf(''), sizeBytes: 0 }
  return new TopTree(mergeTrees('test', [{ apk: {} as NonNullable<MergedEntry['owner']>['apk'], tree }]))
}

async function onDisk(files: Files, root: string): Promise<void> {
  for (const path of ['usr/lib', 'usr/lib64', 'etc']) await mkdir(join(root, path), { recursive: true })
  for (const [path, file] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    if ('link' in file) await symlink(file.link, join(root, path))
    else await writeFile(join(root, path), 'text' in file ? file.text : tinyElf(file))
  }
}

const ldconfig = (...args: string[]) => runCommand({ program: 'ldconfig', args })
const there = (await runCommand({ program: 'sh', args: ['-c', 'command -v ldconfig'] })).code === 0
const usable = there && process.arch === 'x64'
if (!usable) console.log('skipped: caches beside those of ldconfig, because there is none for x86_64')

/** `libz.so.1 => /usr/lib/libz.so.1`, in the cache's order, as glibc itself reads it. */
async function listed(cache: string): Promise<string[]> {
  const exited = await ldconfig('-p', '-C', cache)
  expect(exited.code, lastWords(exited)).toBe(0)
  return exited.stdout.split('\n').flatMap((line) => {
    const [, soname, path] = /^\s+(\S+) \(.*\) => (\S+)$/.exec(line) ?? []
    return soname === undefined ? [] : [`${soname} => ${path?.replace(/^\/lib(64)?\//, '/usr/lib$1/')}`]
  })
}

describe('the loader’s cache', () => {
  it.skipIf(!usable)('is read by glibc, and lists what ldconfig lists, in its order', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'millrace-cache-'))
    try {
      const tree = treeOf(FILES)
      writeLoaderCache(tree, 'x86_64')
      const written = tree.get('etc/ld.so.cache')
      const content = written !== undefined && 'content' in written ? written.content : null
      await writeFile(join(directory, 'ours'), content !== null && 'text' in content ? content.text : '')
      await onDisk(FILES, join(directory, 'root'))
      const made = await ldconfig('-r', join(directory, 'root'), '-X')
      expect(made.code, lastWords(made)).toBe(0)
      const ours = await listed(join(directory, 'ours'))
      const theirs = await listed(join(directory, 'root/etc/ld.so.cache'))
      expect(ours).toEqual(theirs.filter((line) => !line.startsWith('libarm')))
      expect(ours).toContain('libz.so.1 => /usr/lib/libz.so.1')
      expect(ours).toContain('libtwo.so.1 => /opt/two/libtwo.so.1')
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })

  it('is not made where there is no ld.so.conf, nor for architectures whose entries are not known', () => {
    const { 'etc/ld.so.conf': _, ...without } = FILES
    for (const [files, arch] of [
      [without, 'x86_64'],
      [FILES, 'riscv64'],
    ] as const) {
      const tree = treeOf(files)
      writeLoaderCache(tree, arch)
      expect(tree.get('etc/ld.so.cache')).toBeUndefined()
    }
  })

  it('does not go round in circles', () => {
    const tree = treeOf({
      'etc/ld.so.conf': { text: 'include /etc/ld.so.conf.d/a.conf\n' },
      'etc/ld.so.conf.d/a.conf': { text: 'include /etc/ld.so.conf.d/a.conf\ninclude /etc/ld.so.conf\n/a\n' },
      a: { link: 'b' },
      b: { link: 'a' },
    })
    writeLoaderCache(tree, 'x86_64')
    expect(tree.get('etc/ld.so.cache')).toBeDefined()
  })

  it('of any libraries has its entries in an order that glibc can search', () => {
    const name = fc.stringMatching(/^lib[a-c0-9.]{0,6}\.so$/)
    fc.assert(
      fc.property(fc.uniqueArray(name), (names) => {
        const cache = Buffer.from(
          formatLoaderCache(
            names.map((soname) => ({ soname, path: `/lib/${soname}` })),
            0x303,
          ),
        )
        const read = Array.from({ length: cache.readUInt32LE(20) }, (_, index) => {
          const at = cache.readUInt32LE(48 + 24 * index + 4)
          return cache.toString('latin1', at, cache.indexOf(0, at))
        })
        expect([...read].sort()).toEqual([...names].sort())
        for (const [index, one] of read.slice(1).entries())
          expect(compareLibraries(read[index] ?? '', one)).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})
