// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tinyElf } from '../../test/support/tiny-elf.ts'
import { readElf } from './elf.ts'

const MARK = '\x30'.repeat(16)

function settingsIn(content: Uint8Array) {
  const bytes = tinyElf({ type: 2, sections: [{ name: '.go.buildinfo', type: 1, flags: 3n, content }] })
  const read = async (offset: number, length: number) => bytes.subarray(offset, offset + length)
  return readElf({ sizeBytes: bytes.length, read }, 'reading a program').then((elf) => elf?.goSettings)
}

/** Lengths below 128 are a varint of one byte. */
const text = (content: string) => Buffer.concat([Buffer.from([content.length]), Buffer.from(content)])

function info(flags: number, ...texts: Buffer[]) {
  const head = Buffer.alloc(32)
  head.write('\xff Go buildinf:', 'latin1')
  head.set([8, flags], 14)
  return Buffer.concat([head, ...texts])
}

describe('what a Go program was built with', () => {
  it.each([
    ['build\tCGO_ENABLED=1\nbuild\tGOOS=linux\n', { CGO_ENABLED: '1', GOOS: 'linux' }],
    ['path\tmill\nbuild\t-ldflags="-s \\"x\\""\n', { '-ldflags': '-s "x"' }],
    ['build\t"odd = name"=a=b\n', { 'odd = name': 'a=b' }],
    ['dep\tbuild\tv1\n', {}],
  ])('is said by %j', async (lines, want) => {
    const settings = await settingsIn(info(2, text('go1.24'), text(`${MARK}${lines}${MARK}`)))
    expect(Object.fromEntries(settings ?? [])).toEqual(want)
  })

  it.each([
    ['a linker before 1.18, which left pointers', info(0, text('go1.17'), text(MARK + MARK))],
    ['a section without the magic', Buffer.alloc(64)],
    ['a text that is longer than the section', info(2, text('go1.24'), Buffer.from([0x7f, 0x30]))],
    ['a length without end', info(2, Buffer.alloc(16, 0xff))],
    ['an empty section', Buffer.alloc(0)],
  ])('is not known of %s', async (_, content) => {
    expect(await settingsIn(content)).toBeUndefined()
  })

  it('is settings or nothing, whatever stands in the section', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const settings = await settingsIn(info(2, Buffer.from(bytes)))
        expect(settings === undefined || settings instanceof Map).toBe(true)
      }),
    )
  })
})
