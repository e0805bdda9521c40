// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path'
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tinyElf } from '../../../test/support/tiny-elf.ts'
import { formatPkgInfo } from '../../apk/index.ts'
import { HOST_ENV, runCommand } from '../../base/index.ts'
import { interpreterOf } from './commands.ts'
import { MELANGE_READERS } from './documentation.ts'
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

async function scan(
  files: Files,
  more: Partial<ScannedOutput['dependencies']> = {},
  options = {},
  name = 'one',
  readers = MELANGE_READERS,
) {
  const one = output(name, more)
  const [found] = await scanPackages(
    { exec: runCommand },
    [{ ...one, options: { ...one.options, ...options } }],
    [treeOf(name, files)],
    '1.2-r3',
    readers,
  )
  return found
}

const library = (soname: string, ...needed: string[]) => tinyElf({ soname, needed })
const program = (...needed: string[]) =>
  tinyElf({ isPie: true, interpreter: '/lib64/ld-linux-x86-64.so.2', needed })

/** A program as Go 1.18 or later links it, without the code. */
function goProgram(...settings: string[]) {
  const text = (bytes: string) => {
    const [low, high] = [bytes.length & 0x7f, bytes.length >> 7]
    return Buffer.concat([Buffer.from([low | 0x80, high]), Buffer.from(bytes, 'latin1')])
  }
  const lines = ['path\tmill', ...settings.map((setting) => `build\t${setting}`)]
  const modules = `${'\x30'.repeat(16)}${lines.map((line) => `${line}\n`).join('')}${'\xf9'.repeat(16)}`
  const head = Buffer.alloc(32)
  head.write('\xff Go buildinf:', 'latin1')
  head.set([8, 2], 14)
  const content = Buffer.concat([head, text('go1.24'), text(modules)])
  return tinyElf({ type: 2, sections: [{ name: '.go.buildinfo', type: 1, flags: 3n, content }] })
}

/** The beginning of an x86 boot image. */
function bootImage(version: string) {
  const image = Buffer.alloc(0x1000)
  image.write('HdrS', 514)
  image.writeUInt16LE(0x800 - 0x200, 526)
  image.write(`${version}\0`, 0x800)
  return image
}

/** A PE file with a section for a kernel, in front of other sections' bytes. */
function unifiedImage(kernel: string) {
  const image = Buffer.alloc(0x400)
  image.write('MZ')
  image.writeUInt32LE(0x80, 60)
  image.write('PE\0\0', 0x80)
  image.writeUInt16LE(2, 0x86)
  image.write('.osrel\0\0', 0x98)
  image.write('.linux\0\0', 0x98 + 40)
  image.writeUInt32LE(kernel.length, 0x98 + 40 + 16)
  image.writeUInt32LE(0x400, 0x98 + 40 + 20)
  return Buffer.concat([image, Buffer.from(`${kernel}Linux version 0.0.1\n`)])
}

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
        'usr/bin/app/private-f': '#!/usr/bin/node\n',
        'usr/local/sbin/g': '#!/usr/bin/tclsh\n',
        'usr/local/bin/h': '#!/usr/bin/env -S -i ruby\n',
        'usr/sbin/private-i': '#!/usr/bin/guile\n',
        'usr/bin/private-j': `#!/${'a'.repeat(80)}\n`,
        'usr/share/e': '#!/usr/bin/lua\n',
      },
      depends: [`cmd:${'a'.repeat(77)}`, 'cmd:bash', 'cmd:node', 'cmd:perl', 'cmd:tclsh'],
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
      name: 'modules of several versions: the last Python, the first Ruby and Perl, those below usr first',
      files: {
        'usr/lib/python3.12/site-packages/': '',
        'usr/lib/python3.13t/site-packages/': '',
        'lib/ruby/gems/3.1.0/gems/': '',
        'usr/lib/ruby/gems/3.2.0/gems/': '',
        'usr/lib/ruby/gems/3.3.0/gems/': '',
        'lib/perl4/vendor_perl/': '',
        'usr/lib/perl5/core_perl/': '',
      },
      depends: ['perl~5', 'python-3.13t-base', 'ruby-3.2'],
    },
    {
      name: 'a name of modules that is no directory of an interpreter’s modules asks for nothing',
      files: {
        'usr/lib/python3.12/site-packages': '',
        'usr/lib/python/site-packages/': '',
        'usr/lib/ruby/gems/3.3/gems/': '',
        'opt/lib/perl5/vendor_perl/': '',
      },
    },
    {
      name: 'a link in a library directory provides the library behind it, wherever that is',
      files: {
        'usr/lib/libv.so.1': '-> app/libv.so.1.0',
        'usr/lib/app/libv.so.1.0': library('libv.so.1', 'libc.so.6'),
        'usr/lib/libfar.so.1': '-> /usr/lib/app/libv.so.1.0',
        'usr/lib/libloop.so.1': '-> libloop.so.1',
      },
      depends: ['so:libc.so.6'],
      provides: ['so-ver:libv.so.1=1.2-r3', 'so:libv.so.1=1'],
      vendored: ['so-ver:libv.so.1=1.2-r3', 'so:libv.so.1=1'],
    },
    {
      name: 'a shared library that can be run is a library',
      files: { 'usr/lib/libcap.so.2': tinyElf({ interpreter: '/lib/ld.so.1', soname: 'libcap.so.2' }) },
      depends: ['so:ld.so.1'],
      provides: ['so-ver:libcap.so.2=1.2-r3', 'so:libcap.so.2=2'],
    },
    {
      name: 'libraries of NVIDIA’s driver come from the host: they are neither provided nor needed',
      files: {
        'usr/lib/libcuda.so.1': library('libcuda.so.1', 'libnvidia-ml.so.1', 'libc.so.6'),
        'usr/lib/libcuda.so': '-> libcuda.so.1',
        'usr/lib/libcudart.so.12': library('libcudart.so.12'),
      },
      depends: ['so:libc.so.6'],
      provides: ['so-ver:libcudart.so.12=1.2-r3', 'so:libcudart.so.12=12'],
    },
    {
      name: 'a Go program whose cryptography is OpenSSL’s needs that, though its headers do not say so',
      files: { 'opt/app': goProgram('CGO_ENABLED=1', 'GOEXPERIMENT=boringcrypto') },
      depends: ['openssl-config-fipshardened', 'so:libcrypto.so.3'],
    },
    {
      name: 'the same of Microsoft’s toolchain',
      files: { 'opt/app': goProgram('microsoft_systemcrypto=1', '-ldflags="-s \\"x=1\\""', 'CGO_ENABLED=1') },
      depends: ['openssl-config-fipshardened', 'so:libcrypto.so.3'],
    },
    {
      name: 'other Go programs need nothing more',
      files: {
        'opt/a': goProgram('CGO_ENABLED=0', 'GOEXPERIMENT=boringcrypto'),
        'opt/b': goProgram('CGO_ENABLED=1', 'GOEXPERIMENT=rangefunc'),
        'opt/c': goProgram('CGO_ENABLED=1'),
      },
    },
    {
      name: 'manual and info pages are nothing to a package that is not of documentation',
      files: { 'usr/share/man/man1/a.1': '', 'usr/share/info/a.info': '' },
    },
    {
      name: 'a kernel provides its release, by its boot header or by its banner, plain or compressed',
      files: {
        'boot/vmlinuz-a': bootImage('6.1.0-a (mill@race) #1 SMP'),
        'boot/deep/vmlinux': `\x7fELF..\0Linux version 6.2.0_b (gcc)\n\0`,
        'boot/vmlinux.gz': gzipSync(`${'x'.repeat(3_000_000)}Linux version 6.3.0-c+ (gcc)\0`),
        'lib/modules/6.4.0/zImage': Buffer.concat([
          Buffer.from('ARM'),
          gzipSync('..Linux version 6.4.0 x'),
          Buffer.from('tail'),
        ]),
        'usr/lib/modules/6.5.0/vmlinuz': unifiedImage('Linux version 6.5.0-uki\n'),
        'boot/config': 'CONFIG_SMP=y\n',
        'usr/share/doc': 'Linux version 9',
      },
      provides: ['linux:6.1.0-a', 'linux:6.2.0_b', 'linux:6.3.0-c', 'linux:6.4.0', 'linux:6.5.0-uki'],
    },
    {
      name: 'kernel modules need the release that they were built for, plain or compressed',
      files: {
        'lib/modules/a.ko': '\x7fELF\0vermagic=6.1.0-a SMP mod_unload\0',
        'usr/lib/modules/6/kernel/b.ko.gz': gzipSync('\x7fELF\0vermagic=6.2.0 SMP\0'),
        'usr/lib/modules/6/kernel/c.ko.zst': zstdCompressSync(Buffer.from('\x7fELF\0vermagic=6.3.0 SMP\0')),
        'usr/lib/modules/6/broken.gz': Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), deflateSync('x')]),
        'boot/d.ko': 'vermagic=9 SMP',
      },
      depends: ['linux:6.1.0-a', 'linux:6.2.0', 'linux:6.3.0'],
    },
    {
      name: 'modules of the kernel in the same package need nothing from elsewhere',
      files: { 'boot/vmlinux': 'Linux version 6.1.0 (gcc)', 'lib/modules/a.ko': 'vermagic=6.1.0 SMP' },
      provides: ['linux:6.1.0'],
    },
  ]
  it.each(cases)('$name', async ({ files, depends = [], provides = [], vendored = [] }) => {
    expect(await scan(files)).toEqual({ depends, provides, vendored })
  })

  it.each([['xz', 'usr/lib/modules/6/a.ko.xz']])(
    'reads kernel modules that %s compressed',
    async (program, path) => {
      const module = '\x7fELF\0vermagic=6.1.0 SMP\0'
      const { stdout } = await runCommand({
        ...{ program: 'sh', args: ['-c', `${program} --check=crc32 | base64 -w0`] },
        ...{ env: HOST_ENV, stdin: module },
      })
      expect(await scan({ [path]: Buffer.from(stdout, 'base64') })).toMatchObject({
        depends: ['linux:6.1.0'],
      })
    },
  )

  it('lets packages of documentation need what shows it', async () => {
    const found = (files: Files) => scan(files, {}, {}, 'one-doc')
    expect(await found({ 'usr/share/man/man1/a.1': '' })).toMatchObject({ depends: ['man-db'] })
    expect(await found({ 'usr/share/info/a.info': '' })).toMatchObject({ depends: ['texinfo'] })
    expect(await found({ 'usr/share/doc/a': '', 'usr/share/man/': '' })).toMatchObject({ depends: [] })
    const pages = { 'usr/share/man/man1/a.1': '', 'usr/share/info/a.info': '' }
    const own = await scan(pages, {}, {}, 'one-doc', { 'usr/share/man': 'mandoc' })
    expect(own).toMatchObject({ depends: ['mandoc'] })
  })

  it('leaves out that a package needs itself', async () => {
    const files = { 'usr/lib/python3.12/site-packages/README': '' }
    expect(await scan(files, {}, {}, 'python-3.12-base')).toMatchObject({ depends: [] })
  })

  it.each([
    [['python-3.12'], ['perl~5', 'ruby-3.3']],
    [['pythonic', 'ruby-irb', 'perl'], []],
    [
      ['ruby', 'perl>=5.36'],
      ['perl~5', 'python-3.12-base'],
    ],
  ])('takes interpreters that are declared as %j for enough', async (runtime, want) => {
    const files = {
      'usr/lib/python3.12/site-packages/': '',
      'usr/lib/ruby/gems/3.3.0/gems/': '',
      'usr/lib/perl5/vendor_perl/': '',
    }
    const { depends = [] } = (await scan(files, { runtime })) ?? {}
    expect(depends.filter((one) => !runtime.includes(one))).toEqual(want)
  })

  it('removes declared dependencies that the package provides, but not for what is vendored', async () => {
    const files = { 'usr/lib/app/libv.so.1': library('libv.so.1'), 'usr/bin/tool': program('libv.so.1') }
    const runtime = ['so:libv.so.1', 'cmd:tool', 'cmd:tool=1.2-r3']
    expect(await scan(files, { runtime })).toMatchObject({
      depends: ['cmd:tool=1.2-r3', 'so:ld-linux-x86-64.so.2', 'so:libv.so.1'],
    })
  })

  it('follows a link for the linker to the package of the same recipe that has the library', async () => {
    const trees = [
      treeOf('one', { 'usr/lib/libz.so.1.3': library('libz.so.1') }),
      treeOf('one-dev', { 'usr/lib/libz.so': '-> libz.so.1.3', 'usr/lib/libq.so': '-> libq.so.2' }),
    ]
    const found = await scanPackages(
      { exec: runCommand },
      [output('one'), output('one-dev')],
      trees,
      '1-r0',
      MELANGE_READERS,
    )
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
    ['/usr/bin/env -S /opt/bin/tcl', 'tcl'],
    ['/usr/bin/env -S -i tcl', ''],
    ['/usr/bin/env tcl x', ''],
    ['/bin/env tcl', 'env'],
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
