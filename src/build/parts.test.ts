// SPDX-License-Identifier: Apache-2.0
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collectBytes } from '../archive/index.ts'
import { makeTempDirectory, type TempDirectory } from '../base/index.ts'
import { type BlobStore, openBlobDirectory } from '../store/index.ts'
import { openBuildLog } from './build-log.ts'
import { encodeCapabilities } from './capabilities.ts'
import { FIRST, relocate, SECOND } from './variation.ts'

describe('a text moved to another workspace', () => {
  it.each([
    ['cd /home/build/src', 'cd /home/rebuilder/src'],
    ['CFLAGS="-I/home/build/include -g"', 'CFLAGS="-I/home/rebuilder/include -g"'],
    ["cd '/home/build'", "cd '/home/rebuilder'"],
    ['/home/build:/home/build/melange-out/x', '/home/rebuilder:/home/rebuilder/melange-out/x'],
    ['/home/buildroot /home/build-2', '/home/buildroot /home/build-2'],
    ['/home/build/melange-out/x/home/build/.profile', '/home/rebuilder/melange-out/x/home/build/.profile'],
    ['"$DESTDIR/home/build" ${D}/home/build', '"$DESTDIR/home/build" ${D}/home/build'],
  ])('%s', (text, want) => {
    expect(relocate(text, SECOND)).toBe(want)
    expect(relocate(text, FIRST)).toBe(text)
  })

  it('differs between the variations in all that a build can see', () => {
    expect(SECOND.workspace.length).not.toBe(FIRST.workspace.length)
    for (const key of ['uid', 'gid', 'hostname'] as const)
      expect(SECOND.identity[key]).not.toBe(FIRST.identity[key])
    for (const name of ['LANG', 'TZ']) expect(SECOND.variables[name]).not.toBe(FIRST.variables[name])
    expect(SECOND.processors).not.toBe(FIRST.processors)
  })
})

describe('capabilities', () => {
  const refuse = (why: string) => new Error(why)
  it.each([
    [{ cap_net_bind_service: '+ep' }, `01000003${'00040000'}${'00000000'}`],
    [{ 'cap_net_raw, cap_net_admin': '=eip' }, `01000003${'00300000'}${'00300000'}`],
    [{ cap_sys_admin: '+p', cap_ipc_lock: '+i' }, `00000003${'00002000'}${'00400000'}`],
  ])('%j are revision 3 of the kernel’s attribute', (add, want) => {
    expect(encodeCapabilities(add as Record<string, string>, refuse).toString('hex')).toBe(
      `${want}${'00'.repeat(12)}`,
    )
  })

  it('that recipes may not give, or flags that are none, are refused', () => {
    expect(() => encodeCapabilities({ cap_sys_module: '+ep' }, refuse)).toThrow('cap_sys_module is none of')
    expect(() => encodeCapabilities({ cap_net_raw: 'all' }, refuse)).toThrow('+ep')
  })
})

describe('a build log', () => {
  let temp: TempDirectory
  let store: BlobStore
  beforeAll(async () => {
    temp = await makeTempDirectory(tmpdir(), 'millrace-log')
    store = await openBlobDirectory(join(temp.path, 'store'))
  })
  afterAll(() => temp[Symbol.asyncDispose]())

  it('keeps the beginning and the end of what is too long, and counts what is between', async () => {
    const log = openBuildLog(store)
    const line = 'x'.repeat(999)
    for (let count = 0; count < 30_000; count++) log.line(`${count} ${line}`)
    log.note('the end')
    const text = Buffer.from(await collectBytes(store.read(await log.finish()), 2 ** 25, 'a log')).toString()
    expect(text.length).toBeLessThan(20 * 1024 * 1024)
    expect(text.startsWith('0 xxx')).toBe(true)
    expect(text.endsWith('\n==> the end\n')).toBe(true)
    const lines = text.trimEnd().split('\n')
    const dropped = Number(/^==> (\d+) lines are left out here$/m.exec(text)?.[1])
    expect(lines.length - 2 + dropped).toBe(30_000)
  })

  it('that is discarded leaves nothing in the store', async () => {
    const before = await Array.fromAsync(store.list())
    const log = openBuildLog(store)
    log.line('secret plans')
    await log.discard()
    expect(await Array.fromAsync(store.list())).toEqual(before)
  })
})
