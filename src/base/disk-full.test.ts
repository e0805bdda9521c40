// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asDiskFull, namingFullDisk, type WritableFile, writeAll } from './index.ts'

/** Takes half of what it is given, and no more than it has room for. */
class HalfFile implements WritableFile {
  readonly bytes: Buffer
  #at = 0

  constructor(roomBytes: number) {
    this.bytes = Buffer.alloc(roomBytes)
  }

  async write(bytes: Uint8Array, offset: number, length: number, position: number | null) {
    const start = position ?? this.#at
    const bytesWritten = Math.min(Math.ceil(length / 2), this.bytes.length - start)
    if (bytesWritten === 0) throw systemError('ENOSPC')
    this.bytes.set(bytes.subarray(offset, offset + bytesWritten), start)
    if (position === null) this.#at += bytesWritten
    return { bytesWritten }
  }
}

const systemError = (code: string) =>
  Object.assign(new Error(`${code}: no space left on device, write`), { code })

describe('writing all of some bytes', () => {
  it('goes on until a file that takes half each time has them, one after another or in place', () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array(), fc.uint8Array(), async (first, second) => {
        const file = new HalfFile(first.length + second.length)
        await writeAll(file, first)
        await writeAll(file, second)
        const all = Buffer.concat([first, second])
        expect(file.bytes).toEqual(all)
        const placed = new HalfFile(all.length)
        await writeAll(placed, second, first.length)
        await writeAll(placed, first, 0)
        expect(placed.bytes).toEqual(all)
      }),
    ))

  it('fails when the file takes no more', async () => {
    await expect(writeAll(new HalfFile(9), Buffer.alloc(10))).rejects.toMatchObject({ code: 'ENOSPC' })
  })
})

describe('a full disk', () => {
  it.each(['ENOSPC', 'EDQUOT', '53100'])(
    'is told as such for %s, with the act and the system’s words',
    async (code) => {
      const cause = systemError(code)
      await expect(namingFullDisk('storing a blob in /d', () => Promise.reject(cause))).rejects.toMatchObject(
        {
          code: 'DISK_FULL',
          what: 'storing a blob in /d',
          why: `the file system has no room left (${cause.message})`,
          fix: expect.stringContaining('millrace gc'),
          cause,
        },
      )
    },
  )

  it('is not made of another error', () => {
    for (const error of [systemError('EIO'), new Error('ENOSPC'), 'ENOSPC', undefined])
      expect(asDiskFull(error, 'writing')).toBe(error)
  })
})
