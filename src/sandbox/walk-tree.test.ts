// SPDX-License-Identifier: Apache-2.0
import { link, mkdir, rename, symlink, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeTempDirectory, runCommand, type TempDirectory } from '../base/index.ts'
import { type TreeEntry, walkTree } from './index.ts'

let temp: TempDirectory
beforeEach(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-walk')
})
afterEach(() => temp[Symbol.asyncDispose]())

const at = (path: string) => join(temp.path, path)
const sh = (script: string) => runCommand({ program: 'sh', args: ['-c', script], cwd: temp.path })
const list = async (root = temp.path) => await Array.fromAsync(walkTree(root))
const lines = async () =>
  (await list()).map((entry) =>
    entry.type === 'odd'
      ? `odd ${entry.path}: ${entry.why}`
      : `${entry.type} ${entry.path} ${entry.mode.toString(8)} ${entry.sizeBytes} ${entry.linkTarget}`.trim(),
  )
const textOf = async (entry: TreeEntry) => Buffer.concat(await Array.fromAsync(entry.open())).toString()

async function entryAt(path: string): Promise<TreeEntry> {
  const entry = (await list()).find((one) => one.path === path)
  if (entry === undefined || entry.type === 'odd') throw new Error(`no ${path}`)
  return entry
}

describe('a walk over what a build left', () => {
  it('lists parents first, files in the order of whole paths, and follows nothing', async () => {
    await sh(`umask 022; mkdir -p a/b a-b; echo hi > a/b/file; chmod 4755 a/b/file; echo x > a-b/z; echo > a.c
      ln -s / root; ln -s ../../etc/passwd a/passwd; ln -s nowhere dangling; mkdir -m 2750 s`)
    expect(await lines()).toEqual(
      [
        'directory a-b 755 0',
        'file a-b/z 644 2',
        'file a.c 644 1',
        'directory a 755 0',
        'directory a/b 755 0',
        'file a/b/file 4755 3',
        'symlink a/passwd 777 0 ../../etc/passwd',
        'symlink dangling 777 0 nowhere',
        'symlink root 777 0 /',
        'directory s 2750 0',
      ].map((line) => line.trim()),
    )
  })

  it('gives any part of a file, and nothing of what is none', async () => {
    await writeFile(at('file'), '0123456789')
    await symlink('file', at('link'))
    const file = await entryAt('file')
    const part = async (offset: number, length: number) =>
      Buffer.from(await file.read(offset, length)).toString()
    expect([await part(0, 4), await part(7, 99), await part(10, 1), await part(50, 1)]).toEqual([
      ...['0123', '789', '', ''],
    ])
    expect(await (await entryAt('link')).read(0, 9)).toHaveLength(0)
  })

  it('names hard links by the first of their names, whose bytes the first gives', async () => {
    await mkdir(at('d'))
    await writeFile(at('d/one'), 'same')
    await link(at('d/one'), at('zwei'))
    await link(at('d/one'), at('d/two'))
    expect(await lines()).toEqual([
      'directory d 755 0',
      'file d/one 644 4',
      'hardlink d/two 644 0 d/one',
      'hardlink zwei 644 0 d/one',
    ])
    expect(await textOf(await entryAt('d/one'))).toBe('same')
    expect(await textOf(await entryAt('zwei'))).toBe('')
  })

  it('says who owns a file and when it was written', async () => {
    await writeFile(at('f'), '')
    await utimes(at('f'), 1_700_000_000.9, 1_700_000_000.9)
    expect(await entryAt('f')).toMatchObject({ uid: 0, gid: 0, mtimeSec: 1_700_000_000 })
  })

  it('calls odd what no package can hold, and goes on', async () => {
    await sh(`mkfifo pipe; mkdir -m 0 shut; mkdir ok; echo > ok/file
      touch "$(printf 'new\\nline')" "$(printf 'bad\\377utf')"`)
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(at('socket'), resolve))
    try {
      expect(await lines()).toEqual([
        'odd bad\ufffdutf: its name is not plain UTF-8 text',
        'odd new\ufffdline: its name is not plain UTF-8 text',
        'directory ok 755 0',
        'file ok/file 644 1',
        'odd pipe: it is a FIFO',
        'odd shut: it is a directory closed to its owner (mode 0000)',
        'odd socket: it is a socket',
      ])
    } finally {
      server.close()
    }
  })

  it('reads files that their owner closed, and leaves their mode', async () => {
    await sh('echo secret > f; chmod 0111 f')
    const entry = await entryAt('f')
    expect(await textOf(entry)).toBe('secret\n')
    expect((await entryAt('f')).mode).toBe(0o111)
  })

  it('does not read a file that was exchanged for a link, a FIFO or another file', async () => {
    for (const trick of ['ln -s /etc/passwd f', 'mkfifo f', 'echo other > g; mv g f', 'mkdir f', ':']) {
      await writeFile(at('f'), 'mine')
      const entry = await entryAt('f')
      await sh(`mv f old; ${trick}`)
      await expect(textOf(entry), trick).rejects.toMatchObject({ code: 'OUTPUT_HOSTILE' })
      await sh('rm -rf f old')
    }
  })

  it('does not read through a directory that was exchanged for a link', async () => {
    await mkdir(at('d'))
    await writeFile(at('d/passwd'), 'mine')
    const entry = await entryAt('d/passwd')
    await rename(at('d'), at('old'))
    await symlink('/etc', at('d'))
    await expect(textOf(entry)).rejects.toMatchObject({ code: 'OUTPUT_HOSTILE' })
  })

  it('does not enter a root that is a link', async () => {
    await symlink('/etc', at('link'))
    await expect(list(at('link'))).rejects.toMatchObject({ code: 'OUTPUT_HOSTILE' })
  })

  it('gives every tree back as it was made', async () => {
    const name = fc.stringMatching(/^[a-zä😀.+-]{1,4}$/u).filter((text) => !/^\.{1,2}$/.test(text))
    const files = fc.uniqueArray(fc.tuple(name, name, fc.string()), {
      selector: ([directory, file]) => `${directory}/${file}`,
      maxLength: 12,
    })
    let count = 0
    await fc.assert(
      fc.asyncProperty(files, async (made) => {
        const root = at(`tree${count++}`)
        await mkdir(root)
        for (const [directory, file, text] of made) {
          await mkdir(join(root, directory), { recursive: true })
          await writeFile(join(root, directory, file), text)
        }
        const found = await list(root)
        const read: [string, string][] = []
        for (const entry of found) if (entry.type === 'file') read.push([entry.path, await textOf(entry)])
        const want = made.map(([directory, file, text]): [string, string] => [
          `${directory}/${file}`,
          text.toWellFormed(),
        ])
        expect(read).toEqual(want.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
        expect(found.filter(({ type }) => type === 'directory')).toHaveLength(
          new Set(made.map(([directory]) => directory)).size,
        )
      }),
      { numRuns: 30 },
    )
  })
})
