// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tinyElf } from '../../../test/support/tiny-elf.ts'
import { formatPkgInfo } from '../../apk/index.ts'
import { interpreterOf } from './commands.ts'
import { isPlainName } from './findings.ts'
import { requiredModules } from './pkg-config.ts'
import { type ScannedOutput, scanPackages } from './scan.ts'
import type { ScanEntry, ScanTree } from './tree.ts'

/** Path → content; `-> ` before a link's target; a path ending in `/` is a directory. Files are executable but below etc and share. */
type Files = Readonly<Record<string, string | Uint8Array>>

function treeOf(name: string, files: Files): ScanTree {
  const entries = new Map<string, ScanEntry>()
  const add = (path: string, type: ScanEntry['type'], content: string | Uint8Array, linkTarget = '') => {
    const bytes = Buffer.from(content)
    const mode = /^etc\/|\/share\/|private/.test(path) ? 0o644 : 0o755
    const read = async (offset: number, length: number) => bytes.subarray(offset, offset + length)
    entries.set(path, { path, type, mode, sizeBytes: bytes.length, linkTarget, read })
  }
  for (const [path, content] of Object.entries(files)) {
    for (let parent = posix.dirname(path); parent !== '.'; parent = posix.dirname(parent))
      add(parent, 'directory', '')
    if (path.endsWith('/')) add(path.slice(0, -1), 'directory', '')
    else if (typeof content === 'string' && content.startsWith('-> '))
      add(path, 'symlink', '', content.slice(3))
    else add(path, 'file', content)
  }
  return { package: name, entries: [...entries.values()] }
}

const output = (name: string, more: Partial<ScannedOutput['dependencies']> = {}): ScannedOutput => ({
  name,
  dependencies: {
    runtime: [],
    provides: [],
    replaces: [],
    providerPriority: 0,
    replacesPriority: 0,
    ...more,
  },
  options: {
    ...{ 'no-provides': false, 'no-depends': false, 'no-commands': false },
    'no-versioned-shlib-deps': false,
  },
})

async function scan(files: Files, more: Partial<ScannedOutput['dependencies']> = {}, options = {}) {
  const one = output('one', more)
  const [found] = await scanPackages(
    [{ ...one, options: { ...one.options, ...options } }],
    [treeOf('one', files)],
    '1.2-r3',
  )
  return found
}

const library = (soname: string, ...needed: string[]) => tinyElf({ soname, needed })
const program = (...needed: string[]) =>
  tinyElf({ isPie: true, interpreter: '/lib64/ld-linux-x86-64.so.2', needed })

describe('scanning', () => {
  const cases: {
    name: string
    files: Files
    depends?: string[]
    provides?: string[]
    vendored?: string[]
  }[] = [
    {
      name: 'a library provides its soname and needs others, whatever its mode',
      files: {
        'usr/lib/libz.so.1.3': library('libz.so.1', 'libc.so.6', 'libplain.so'),
      },
      depends: ['so:libc.so.6'],
      provides: ['so-ver:libz.so.1=1.2-r3', 'so:libz.so.1=1'],
    },
    {
      name: 'a soname without a version of digits has version 0',
      files: { 'lib/libx.so': library('libx-2.0.so'), 'lib/y': library('liby.so.1.2.3') },
      provides: [
        ...['so-ver:libx-2.0.so=1.2-r3', 'so-ver:liby.so.1.2.3=1.2-r3'],
        ...['so:libx-2.0.so=0', 'so:liby.so.1.2.3=1.2.3'],
      ],
    },
    {
      name: 'a program needs its loader and its libraries, and is a command',
      files: { 'usr/bin/tool': program('libz.so.1', 'libc.so.6') },
      depends: ['so:ld-linux-x86-64.so.2', 'so:libc.so.6', 'so:libz.so.1'],
      provides: ['cmd:tool=1.2-r3'],
    },
    {
      name: 'musl’s loader is its library',
      files: { 'opt/x': tinyElf({ isPie: true, interpreter: '/lib/ld-musl-x86_64.so.1' }) },
      depends: ['so:libc.musl-x86_64.so.1'],
    },
    {
      name: 'a program with a soname is no library',
      files: {
        'usr/lib/java': tinyElf({ isPie: true, interpreter: '/lib/ld.so.1', soname: 'libjava.so.1' }),
      },
      depends: ['so:ld.so.1'],
    },
    {
      name: 'a library elsewhere is vendored, and serves its own package',
      files: { 'usr/lib/app/libv.so.1': library('libv.so.1'), 'usr/lib/app/main': program('libv.so.1') },
      depends: ['so:ld-linux-x86-64.so.2'],
      vendored: ['so-ver:libv.so.1=1.2-r3', 'so:libv.so.1=1'],
    },
    {
      name: 'a directory in ld.so.conf.d is a library directory, but not what is below it',
      files: {
        'etc/ld.so.conf.d/app.conf': '# more\n/usr/lib/app/\n',
        'usr/lib/app/libv.so.1': library('libv.so.1'),
        'usr/lib/app/deep/libw.so.1': library('libw.so.1'),
      },
      provides: ['so-ver:libv.so.1=1.2-r3', 'so:libv.so.1=1'],
      vendored: ['so-ver:libw.so.1=1.2-r3', 'so:libw.so.1=1'],
    },
    {
      name: 'what a package provides itself it does not need',
      files: {
        'usr/lib/liba.so.1': library('liba.so.1'),
        'usr/lib/libb.so.1': library('libb.so.1', 'liba.so.1'),
      },
      provides: [
        ...['so-ver:liba.so.1=1.2-r3', 'so-ver:libb.so.1=1.2-r3', 'so:liba.so.1=1', 'so:libb.so.1=1'],
      ],
    },
    { name: 'a broken ELF file is data', files: { 'usr/lib/x.so.1': '\x7fELF\x02\x01\x01 broken' } },
    {
      name: 'commands are executable files of the program directories, not links, not what is below',
      files: {
        ...{ 'usr/bin/a': '', 'sbin/b': '', 'usr/bin/[': '', 'usr/bin/c': '-> a', 'usr/bin/private': '' },
        ...{ 'usr/bin/d/e': '', 'usr/libexec/f': '', 'usr/bin/with space': '', 'usr/bin/a=1': '' },
      },
      provides: ['cmd:[=1.2-r3', 'cmd:a=1.2-r3', 'cmd:b=1.2-r3'],
    },
    {
      name: 'scripts need their interpreters, but for those with a choice',
      files: {
        'usr/bin/a': '#!/usr/bin/env -S perl -w\n',
        'usr/bin/b': '#! /bin/bash\n',
        'usr/bin/c': '#!/bin/sh\n',
        'usr/bin/d': '#!/usr/bin/python3\n',
        'usr/share/e': '#!/usr/bin/lua\n',
      },
      depends: ['cmd:bash', 'cmd:perl'],
      provides: ['cmd:a=1.2-r3', 'cmd:b=1.2-r3', 'cmd:c=1.2-r3', 'cmd:d=1.2-r3'],
    },
    {
      name: 'pkg-config modules provide themselves and need what they require',
      files: {
        'usr/lib/pkgconfig/x.pc':
          'prefix=/usr\nmodule=gio\nName: x\nRequires: glib-2.0 >= 2.50, ${module}-2.0\nRequires.private: zlib\nLibs: -lx\n',
        'usr/lib/pkgconfig/x-alias.pc': '-> x.pc',
        'usr/lib/app/inner.pc': 'Requires: hidden',
      },
      depends: ['pc:gio-2.0', 'pc:glib-2.0', 'pc:zlib'],
      provides: ['pc:x=1.2-r3'],
      vendored: ['pc:inner=1.2-r3'],
    },
    {
      name: 'modules need their interpreter',
      files: {
        'usr/lib/python3.12/site-packages/x.py': '',
        'usr/lib/ruby/gems/3.3.0/gems/x/y.rb': '',
        'usr/lib/perl5/vendor_perl/X.pm': '',
      },
      depends: ['perl~5', 'python-3.12-base', 'ruby-3.3'],
    },
    {
      name: 'an interpreter’s own recipe knows what its modules need',
      files: { 'usr/lib/python3.12/site-packages/README': '', 'usr/bin/python3.12': '' },
      provides: ['cmd:python3.12=1.2-r3'],
    },
  ]
  it.each(cases)('$name', async ({ files, depends = [], provides = [], vendored = [] }) => {
    expect(await scan(files)).toEqual({ depends, provides, vendored })
  })

  it('follows a link for the linker to the package of the same recipe that has the library', async () => {
    const trees = [
      treeOf('one', { 'usr/lib/libz.so.1.3': library('libz.so.1') }),
      treeOf('one-dev', { 'usr/lib/libz.so': '-> libz.so.1.3', 'usr/lib/libq.so': '-> libq.so.2' }),
    ]
    const found = await scanPackages([output('one'), output('one-dev')], trees, '1-r0')
    expect(found.map(({ depends }) => depends)).toEqual([[], ['so:libz.so.1']])
  })

  it('keeps what is declared as it is spelt, and adds to it', async () => {
    const declared = { runtime: ['zlib>=1.3', 'cmd:own', 'python3'], provides: ['cmd:own=5', 'alias'] }
    const files = { 'usr/bin/tool': '#!/bin/bash\n', 'usr/lib/python3.12/site-packages/x.py': '' }
    expect(await scan(files, declared)).toMatchObject({
      depends: ['cmd:bash', 'python3', 'zlib>=1.3'],
      provides: ['alias', 'cmd:own=5', 'cmd:tool=1.2-r3'],
    })
  })

  it('leaves out what the recipe’s options refuse, never what it declares', async () => {
    const files = {
      'usr/bin/tool': '#!/bin/bash\n',
      'usr/lib/liba.so.1': library('liba.so.1', 'libc.so.6'),
    }
    const declared = { runtime: ['x'], provides: ['y'] }
    const own = ['so-ver:liba.so.1=1.2-r3', 'so:liba.so.1=1', 'y']
    expect(await scan(files, declared, { 'no-commands': true })).toMatchObject({
      depends: ['so:libc.so.6', 'x'],
      provides: own,
    })
    expect(await scan(files, declared, { 'no-depends': true })).toMatchObject({
      depends: ['x'],
      provides: ['cmd:tool=1.2-r3', ...own],
    })
    expect(await scan(files, declared, { 'no-provides': true })).toMatchObject({
      depends: ['cmd:bash', 'so:libc.so.6', 'x'],
      provides: ['y'],
    })
  })

  it('finds only names that .PKGINFO can hold, whatever the files are called', async () => {
    const blank = {
      version: '1-r0',
      arch: 'x86_64',
      installedSizeBytes: 0,
      origin: 'x',
      description: '',
      url: '',
    }
    const lists = { licenses: [], replaces: [], installIf: [], triggers: [], comments: [], datahash: '' }
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, unit: 'binary' }), async (text) => {
        const name = text.replaceAll('/', '').replaceAll('\0', '') || 'x'
        const found = await scan({
          [`usr/bin/${name}`]: `#!/usr/bin/${name}\n`,
          [`usr/lib/${name}.so`]: library(name),
          [`usr/lib/pkgconfig/${name}.pc`]: `Requires: ${text}`,
        })
        const { depends = [], provides = [] } = found ?? {}
        formatPkgInfo({
          ...{ name: 'x', ...blank, ...lists, depends, provides, commit: '', maintainer: '' },
          ...{ buildTimeSec: 0, providerPriority: 0, replacesPriority: 0 },
        })
        expect([...depends, ...provides].every((one) => isPlainName(one.split('=')[0] ?? ''))).toBe(true)
      }),
      { numRuns: 200 },
    )
  })
})

describe('an interpreter line', () => {
  it.each([
    ['/bin/bash', 'bash'],
    [' /usr/bin/perl -w ', 'perl'],
    ['/usr/bin/env ruby', 'ruby'],
    ['/usr/bin/env -S node --flag', 'node'],
    ['/usr/bin/env -i A=1 /opt/bin/tcl x', 'tcl'],
    ['/usr/bin/env', ''],
    ['', ''],
  ])('%j is run by %j', (line, want) => {
    expect(interpreterOf(line)).toBe(want)
  })
})

describe('the modules that a .pc file requires', () => {
  it.each([
    ['Requires: a b,c', ['a', 'b', 'c']],
    ['Requires: a>=1 b = 2, c <3', ['a', 'b', 'c']],
    ['x=a\nRequires: ${x}-1 ${unknown}', ['a-1']],
    ['Requires: a \\\n  b\nRequires.internal: c # d', ['a', 'b', 'c']],
    ['Conflicts: a\nRequires:\nLibs: -lx', []],
  ])('%j: %j', (text, want) => {
    expect(requiredModules(text)).toEqual(want)
  })
})
