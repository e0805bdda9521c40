// SPDX-License-Identifier: Apache-2.0
import { link, mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  expand,
  findOurs,
  main,
  onMachine,
  openWorkbench,
  pipelineNames,
  subpackage,
  type Workbench,
} from '../../test/support/run-pipeline.ts'
import { parsePipelineFile } from './pipeline-file.ts'

let bench: Workbench
beforeEach(async () => {
  bench = await openWorkbench()
})
afterEach(() => bench[Symbol.asyncDispose]())

const OUT = 'melange-out'

async function fill(packageName: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) await bench.write(`${OUT}/${packageName}/${path}`, text)
}

describe('every pipeline', () => {
  it('of melange has one of ours, and two are only used by others', () => {
    expect(pipelineNames()).toHaveLength(53)
    expect(pipelineNames().filter((name) => name.startsWith('internal/'))).toEqual([
      'internal/each-elf',
      'internal/split',
    ])
  })

  it.each(pipelineNames())(
    '%s expands with nothing but its required inputs, to what the shell can read',
    async (name) => {
      const file = findOurs(name)
      const { step } = parsePipelineFile(file?.text ?? '', name)
      const required = Object.entries(step.inputs).filter(([, { required }]) => required)
      const recipe = expand(main(name, Object.fromEntries(required.map(([input]) => [input, 'x']))))
      for (const part of recipe.packages[0]?.steps ?? []) {
        const scripts = [part.script, ...part.steps.map(({ script }) => script)]
        for (const script of scripts)
          expect(await bench.sh(`set -n\n${script}`)).toMatchObject({ code: 0, stderr: '' })
      }
    },
  )
})

describe('split/dev', () => {
  it('moves headers, build descriptions, static libraries and the links of the linker, and nothing else', async () => {
    await fill('hello', {
      'usr/include/hello.h': '',
      'usr/bin/hello': '',
      'usr/bin/hello-config': '',
      'usr/lib/libhello.so': '-> libhello.so.1',
      'usr/lib/libhello.so.1': '',
      'usr/lib/libhello.a': '',
      'usr/lib/plugins/a.so': '-> b.so',
      'usr/lib/plugin.so': 'a file, not a link',
      'usr/lib/pkgconfig/hello.pc': '',
      'usr/lib/cmake/Hello/Hello Config.cmake': '',
      'usr/share/aclocal/hello.m4': '',
      'usr/share/hello/with space.c': '',
      'lib/libroot.so': '-> libroot.so.2',
      'lib/libroot.so.2': '',
      'opt/hello/include/deep.h': '',
    })
    expect(await bench.run(subpackage('hello-dev', 'split/dev'), 'hello-dev')).toMatchObject({ code: 0 })
    expect(await bench.tree(`${OUT}/hello`)).toEqual([
      'lib/libroot.so.2',
      'usr/bin/hello',
      'usr/lib/libhello.so.1',
      'usr/lib/plugin.so',
      'usr/lib/plugins/a.so -> b.so',
    ])
    expect(await bench.tree(`${OUT}/hello-dev`)).toEqual([
      'lib/libroot.so -> libroot.so.2',
      'opt/hello/include/deep.h',
      'usr/bin/hello-config',
      'usr/include/hello.h',
      'usr/lib/cmake/Hello/Hello Config.cmake',
      'usr/lib/libhello.a',
      'usr/lib/libhello.so -> libhello.so.1',
      'usr/lib/pkgconfig/hello.pc',
      'usr/share/aclocal/hello.m4',
      'usr/share/hello/with space.c',
    ])
  })

  it('follows another prefix', async () => {
    await fill('hello', {
      'opt/x/lib/libx.so': '-> libx.so.1',
      'opt/x/lib/libx.so.1': '',
      'opt/x/lib/pkgconfig/x.pc': '',
      'usr/lib/libother.a': '',
    })
    await bench.run(subpackage('hello-dev', 'split/dev', { prefix: '/opt/x' }), 'hello-dev')
    expect(await bench.tree(`${OUT}/hello`)).toEqual(['opt/x/lib/libx.so.1', 'usr/lib/libother.a'])
    expect(await bench.tree(`${OUT}/hello-dev`)).toEqual([
      'opt/x/lib/libx.so -> libx.so.1',
      'opt/x/lib/pkgconfig/x.pc',
    ])
  })

  it('merges directories that the package has already', async () => {
    await fill('hello', { 'usr/include/a.h': 'a', 'usr/include/sub/c.h': '' })
    await fill('hello-libs', { 'usr/include/b.h': '', 'usr/include/sub/d.h': '' })
    const yaml = `subpackages:
  - name: hello-libs
  - name: hello-dev
    pipeline:
      - uses: split/dev
      - uses: split/dev
        with:
          package: hello-libs
`
    expect(await bench.run(yaml, 'hello-dev')).toMatchObject({ code: 0 })
    expect(await bench.tree(`${OUT}/hello-dev`)).toEqual([
      'usr/include/a.h',
      'usr/include/b.h',
      'usr/include/sub/c.h',
      'usr/include/sub/d.h',
    ])
    expect(await bench.tree(`${OUT}/hello-libs`)).toEqual([])
  })
})

describe('every split', () => {
  it.each(['dev', 'lib', 'static', 'locales', 'manpages', 'infodir', 'alldocs', 'bin', 'debug'])(
    '/%s refuses to split a package from itself',
    async (kind) => {
      await fill('hello', { 'usr/bin/hello': '' })
      expect(await bench.run(main(`split/${kind}`))).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('hello cannot be split from itself'),
      })
    },
  )

  it.each(['dev', 'lib', 'static', 'locales', 'manpages', 'infodir', 'alldocs'])(
    '/%s is content when there is nothing to move, and leaves empty directories alone',
    async (kind) => {
      expect(await bench.run(subpackage('hello-x', `split/${kind}`), 'hello-x')).toMatchObject({ code: 0 })
      await mkdir(join(bench.workspace, OUT, 'hello/usr/share/empty'), { recursive: true })
      expect(await bench.run(subpackage('hello-x', `split/${kind}`), 'hello-x')).toMatchObject({ code: 0 })
      expect(await bench.tree(`${OUT}/hello`)).toEqual(['usr/share/empty/'])
    },
  )

  it.each([
    ['static', { 'usr/lib/a b.a': '', 'lib/c.a': '', 'usr/lib/libx.so.1': '' }, ['lib/c.a', 'usr/lib/a b.a']],
    ['locales', { 'usr/share/locale/de/x.mo': '', 'usr/share/x': '' }, ['usr/share/locale/de/x.mo']],
    [
      'infodir',
      { 'usr/share/info/dir': '', 'usr/share/info/x.info': '', 'usr/x': '' },
      ['usr/share/info/x.info'],
    ],
    [
      'manpages',
      {
        'usr/share/man/man1/a.1': '',
        'usr/man/man1/b.1': '',
        'usr/local/share/man/man3/c.3': '',
        'usr/bin/x': '',
      },
      ['usr/share/man/man1/a.1', 'usr/share/man/man1/b.1', 'usr/share/man/man3/c.3'],
    ],
    [
      'alldocs',
      {
        'usr/share/man/man1/a.1': '',
        'usr/share/info/dir': '',
        'usr/share/info/a.info': '',
        'usr/share/doc/a/README': '',
        'usr/local/share/doc/b/README': '',
        'usr/bin/x': '',
      },
      ['usr/share/doc/a/README', 'usr/share/doc/b/README', 'usr/share/info/a.info', 'usr/share/man/man1/a.1'],
    ],
    [
      'lib',
      { 'usr/lib/libx.so.1': '', 'usr/lib/libx.so.1.2': '', 'usr/lib/x/y.so.1': '', 'usr/lib/x.so': '' },
      ['usr/lib/libx.so.1', 'usr/lib/libx.so.1.2'],
    ],
  ])('/%s moves its own', async (kind, files, moved) => {
    await fill('hello', files)
    expect(await bench.run(subpackage('hello-x', `split/${kind}`), 'hello-x')).toMatchObject({
      code: 0,
      stderr: '',
    })
    expect(await bench.tree(`${OUT}/hello-x`)).toEqual(moved)
    const left = await bench.tree(`${OUT}/hello`)
    expect(left.filter((path) => path.endsWith('/'))).toEqual([])
    expect(left.length).toBeGreaterThan(0)
  })

  it('/lib takes the libraries that patterns and paths name', async () => {
    await fill('hello', {
      'usr/lib/libssl.so.3': '',
      'usr/lib/libcrypto.so.3': '',
      'usr/lib/libother.so.1': '',
      'opt/lib/libssl.so.3': '',
    })
    const inputs = { patterns: 'ssl\ncrypto\n', paths: 'opt/lib\n' }
    await bench.run(subpackage('hello-libs', 'split/lib', inputs), 'hello-libs')
    expect(await bench.tree(`${OUT}/hello`)).toEqual(['usr/lib/libother.so.1'])
    expect(await bench.tree(`${OUT}/hello-libs`)).toEqual([
      'opt/lib/libssl.so.3',
      'usr/lib/libcrypto.so.3',
      'usr/lib/libssl.so.3',
    ])
  })

  it('/bin takes programs from the package it is named after, before the main one', async () => {
    await fill('hello', { 'usr/bin/hello': '' })
    await fill('tools', { 'usr/bin/one': '', 'usr/bin/two words': '', 'usr/share/x': '' })
    const yaml = `subpackages:\n  - name: tools\n  - name: tools-bin\n    pipeline:\n      - uses: split/bin\n`
    expect(await bench.run(yaml, 'tools-bin')).toMatchObject({ code: 0 })
    expect(await bench.tree(`${OUT}/tools-bin`)).toEqual(['usr/bin/one', 'usr/bin/two words'])
    expect(await bench.tree(`${OUT}/tools`)).toEqual(['usr/share/x'])
    await bench.run(subpackage('other', 'split/bin'), 'other')
    expect(await bench.tree(`${OUT}/other`)).toEqual(['usr/bin/hello'])
    expect(await bench.run(subpackage('other', 'split/bin'), 'other')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no usr/bin in'),
    })
  })
})

describe('strip and split/debug', () => {
  const SOURCE = 'int twice(int x) { return 2 * x; }\nint main(void) { return twice(0); }\n'

  async function compile(skip: (condition: boolean, note: string) => void): Promise<void> {
    const missing = onMachine('gcc', 'readelf', 'objcopy')
    skip(missing !== undefined, missing ?? '')
    await bench.write('x.c', SOURCE)
    const directory = join(bench.workspace, OUT, 'hello/usr')
    await mkdir(join(directory, 'bin'), { recursive: true })
    await mkdir(join(directory, 'lib'), { recursive: true })
    const built = await bench.sh(
      `gcc -g x.c -o '${directory}/bin/a program' && gcc -g -shared -fPIC x.c -o '${directory}/lib/libx.so.1' &&
       gcc -g -c x.c -o '${directory}/lib/x.o' && chmod 0555 '${directory}/bin/a program'`,
    )
    expect(built).toMatchObject({ code: 0 })
    await bench.write(`${OUT}/hello/usr/bin/script`, '#!/bin/sh\n', 0o755)
    await bench.write(`${OUT}/hello/usr/bin/short`, '\x7fEL')
    await link(join(directory, 'lib/libx.so.1'), join(directory, 'lib/libx-again.so.1'))
  }

  const hasDebug = async (path: string) =>
    (await bench.sh(`readelf --sections --wide '${path}' | grep -c ' .debug_info '`)).stdout.trim() !== '0'

  it('strip takes symbols from programs and libraries, not from objects, and keeps modes', async ({
    skip,
  }) => {
    await compile(skip)
    expect(await bench.run(main('strip'))).toMatchObject({ code: 0 })
    expect(await hasDebug(`${OUT}/hello/usr/bin/a program`)).toBe(false)
    expect(await hasDebug(`${OUT}/hello/usr/lib/libx.so.1`)).toBe(false)
    expect(await hasDebug(`${OUT}/hello/usr/lib/x.o`)).toBe(true)
    const { mode } = await stat(join(bench.workspace, OUT, 'hello/usr/bin/a program'))
    expect(mode & 0o7777).toBe(0o555)
    expect(await bench.read(`${OUT}/hello/usr/bin/script`)).toBe('#!/bin/sh\n')
  })

  it('strip leaves foreign machines alone, and says which it does not know', async ({ skip }) => {
    await compile(skip)
    await bench.stub('strip', 'echo "stripped $*"')
    const script = `pipeline:\n  - uses: strip\n    with:\n      opts: --strip-all\n`
    const { stdout } = await bench.run(script)
    expect(stdout.trim().split('\n').sort()).toEqual([
      'stripped --strip-all ./usr/bin/a program',
      'stripped --strip-all ./usr/lib/libx-again.so.1',
      'stripped --strip-all ./usr/lib/libx.so.1',
    ])
    const [step] = expand(script, 'riscv64').packages[0]?.steps ?? []
    const { code, stderr } = await bench.sh(step?.steps[0]?.steps[0]?.script ?? '')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'the pipeline for ELF files does not know riscv64\n',
    })
  })

  it('split/debug puts symbols where debuggers look, and a link to them in the file', async ({ skip }) => {
    await compile(skip)
    expect(await bench.run(subpackage('hello-dbg', 'split/debug'), 'hello-dbg')).toMatchObject({ code: 0 })
    expect(await hasDebug(`${OUT}/hello/usr/lib/libx.so.1`)).toBe(false)
    const moved = await bench.tree(`${OUT}/hello-dbg`)
    expect(moved).toContain('usr/lib/debug/usr/bin/a program.debug')
    expect(moved.filter((path) => path.includes('libx'))).toHaveLength(1)
    expect(await hasDebug(`${OUT}/hello-dbg/${moved.find((path) => path.includes('libx'))}`)).toBe(true)
    const link_ = await bench.sh(`readelf --string-dump=.gnu_debuglink '${OUT}/hello/usr/lib/libx.so.1'`)
    expect(link_.stdout).toContain('.debug')
  })
})
