// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { appletPaths, linkBusybox } from './busybox-links.ts'

describe('the paths of busybox', () => {
  it('are those of a merged tree, plain, each once, without busybox itself', () => {
    const list =
      '/bin/ls\n/usr/bin/ls\n/sbin/init\n\n/usr/bin/busybox\n/usr/bin/../../etc/passwd\n/etc/x\n/bin/..\n'
    expect(appletPaths(list)).toEqual(['usr/bin/init', 'usr/bin/ls'])
  })
})

describe('links to busybox', () => {
  let root = ''
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'millrace-links-'))
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  it('stand for what the package lists and nobody brings', async () => {
    const [busybox, coreutils, top] = [join(root, 'busybox'), join(root, 'coreutils'), join(root, 'top')]
    await mkdir(join(busybox, 'etc/busybox-paths.d'), { recursive: true })
    await writeFile(join(busybox, 'etc/busybox-paths.d/busybox'), '/bin/sh\n/bin/ls\n')
    await mkdir(join(coreutils, 'usr/bin'), { recursive: true })
    await writeFile(join(coreutils, 'usr/bin/ls'), '')
    await mkdir(top)
    await linkBusybox([coreutils, busybox], top)
    expect(await readlink(join(top, 'usr/bin/sh'))).toBe('/usr/bin/busybox')
    await expect(readlink(join(top, 'usr/bin/ls'))).rejects.toThrow('ENOENT')
  })

  it('are none without a list', async () => {
    await mkdir(join(root, 'top'))
    await linkBusybox([root], join(root, 'top'))
    await expect(readlink(join(root, 'top/usr/bin/sh'))).rejects.toThrow('ENOENT')
  })
})
