// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { type TinyElf, tinyElf } from '../../../test/support/tiny-elf.ts'
import { type Elf, readElf } from '../../elf/index.ts'
import { judgeHardening } from './hardening.ts'

async function judge(tiny: TinyElf, arch = 'x86_64') {
  const bytes = tinyElf(tiny)
  const source = {
    sizeBytes: bytes.length,
    read: async (offset: number, length: number) => bytes.subarray(offset, offset + length),
  }
  const what = 'looking at usr/bin/tiny'
  return judgeHardening(source, (await readElf(source, what)) as Elf, arch, what)
}

describe('the lint hardening', () => {
  it('judges a program by what its headers say', async () => {
    const plain: TinyElf = { type: 2, interpreter: '/lib/ld.so', needed: ['libc.so.6'], runpath: 'lib' }
    const judgement = await judge(plain)
    expect(judgement?.row).toMatchObject({ kind: 'program', pie: false, relro: 'none', runpath: ['lib'] })
    expect(judgement?.lacks.map(({ check }) => check)).toEqual([
      'pie',
      'relro',
      'stack',
      'search-path',
      'control-flow',
    ])
  })

  it.each<[string, TinyElf, string]>([
    ['an object file', { type: 1 }, 'x86_64'],
    ['one whose symbols are where nothing is', { type: 2, dynamic: [[6n, 1n]] }, 'x86_64'],
    ['a program for another machine', { type: 2, machine: 183 }, 'x86_64'],
    ['a program for a machine that apk has no word for', { type: 2, machine: 94 }, 'x86_64'],
  ])('has nothing to say of %s', async (_, tiny, arch) => {
    expect(await judge(tiny, arch)).toBeUndefined()
  })
})
