// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import type { ElfHardening } from '../../elf/index.ts'
import { type Binary, HARDENING_CHECKS, hardeningRow, lacksOf } from './hardening-checks.ts'

const hard: ElfHardening = {
  kind: 'program',
  isPositionIndependent: true,
  isStatic: false,
  relro: 'full',
  bindsNow: true,
  stack: 'plain',
  hasWritableCode: false,
  hasTextRelocations: false,
  marks: ['IBT', 'SHSTK'],
  knownMarks: ['IBT', 'SHSTK'],
  imports: new Set(['__stack_chk_fail', '__printf_chk', 'memcpy']),
}
const binary = (hardening: Partial<ElfHardening>, elf: Partial<Binary['elf']> = {}): Binary => ({
  elf: { rpath: [], runpath: [], goSettings: undefined, ...elf },
  hardening: { ...hard, ...hardening },
})
const told = (one: Binary) => lacksOf(one).map(({ check, weight }) => `${check}: ${weight}`)

describe('what a binary lacks', () => {
  it.each<[claim: string, given: Binary, lacks: string[]]>([
    ['nothing, when it is hardened', binary({}), []],
    ['position independence', binary({ isPositionIndependent: false }), ['pie: finding']],
    ['any RELRO', binary({ relro: 'none' }), ['relro: finding']],
    [
      'full RELRO, when functions are bound late',
      binary({ relro: 'partial', bindsNow: false }),
      ['relro: finding'],
    ],
    ['a plain stack, when it asks for another', binary({ stack: 'executable' }), ['stack: finding']],
    ['a plain stack, when it says nothing', binary({ stack: 'unsaid' }), ['stack: finding']],
    ['code that nobody writes to', binary({ hasWritableCode: true }), ['writable-code: finding']],
    ['code that is loaded as it is', binary({ hasTextRelocations: true }), ['text-relocations: finding']],
    ['a checked stack', binary({ imports: new Set(['__printf_chk']) }), ['stack-protector: advice']],
    ['fortification', binary({ imports: new Set(['__stack_chk_fail', 'strcpy']) }), ['fortify: advice']],
    ['one mark of two', binary({ marks: ['SHSTK'] }), ['control-flow: advice']],
    [
      'no mark that compilers do not set yet',
      binary({ marks: ['BTI', 'PAC'], knownMarks: ['BTI', 'PAC', 'GCS'] }),
      [],
    ],
    [
      'nothing that its names would tell, when it is static',
      binary({ isStatic: true, imports: new Set(['strcpy']) }),
      [],
    ],
    ['nothing that its names would tell, when they are unknown', binary({ imports: undefined }), []],
    [
      'nothing that is of C, when it is all Go',
      binary(
        {
          isPositionIndependent: false,
          relro: 'none',
          bindsNow: false,
          marks: [],
          imports: new Set(['read']),
        },
        { goSettings: new Map([['CGO_ENABLED', '0']]) },
      ),
      [],
    ],
    [
      'what is of C, when Go holds C',
      binary({ relro: 'none' }, { goSettings: new Map([['CGO_ENABLED', '1']]) }),
      ['relro: finding'],
    ],
  ])('is %s', (_, given, lacks) => {
    expect(told(given)).toEqual(lacks)
  })

  it.each<[directory: string, isOpen: boolean]>([
    ['/usr/lib/nginx', false],
    ['$ORIGIN', false],
    ['$ORIGIN/../lib', false],
    ['${ORIGIN}/lib', false],
    ['', true],
    ['lib', true],
    ['.', true],
    ['/tmp/build', true],
    ['/tmpfiles', false],
    ['/var/tmp', true],
  ])('is told by a search path: %j', (directory, isOpen) => {
    expect(told(binary({}, { runpath: [directory] }))).toEqual(isOpen ? ['search-path: finding'] : [])
    expect(told(binary({}, { rpath: ['/usr/lib', directory] }))).toEqual(
      isOpen ? ['search-path: finding'] : [],
    )
  })

  it('is told in whole sentences, each with a way out', () => {
    const bare: Partial<ElfHardening> = {
      ...{ isPositionIndependent: false, relro: 'none', bindsNow: false, stack: 'unsaid', marks: [] },
      ...{ hasWritableCode: true, hasTextRelocations: true, imports: new Set(['strcpy', 'read']) },
    }
    const lacks = lacksOf(binary(bare, { rpath: ['lib', ''] }))
    expect(lacks.map(({ check }) => check)).toEqual(HARDENING_CHECKS.map(({ name }) => name))
    expect(lacks.map(({ why }) => why)).toEqual([
      'it is always loaded at the same address',
      'its tables of addresses stay writable',
      'it does not say that its stack needs not be executable',
      'a part of it is writable and executable at once',
      'its code is relocated while it is loaded',
      'it looks for libraries in "lib", ""',
      'no function of it checks its stack, if any has a buffer there',
      'none of its calls to the 2 functions that could be fortified is',
      'it is not marked for IBT and SHSTK',
    ])
    for (const { fix } of lacks) expect(fix).not.toBe('')
  })
})

describe('the row of a binary', () => {
  it('has all that is known of it, and null for what it does not tell', () => {
    expect(hardeningRow(binary({}))).toMatchObject({
      ...{ kind: 'program', pie: true, relro: 'full', bindNow: true, stack: 'plain', rpath: [], runpath: [] },
      ...{ stackProtector: true, fortify: { checked: 1, plain: 1 }, controlFlow: ['IBT', 'SHSTK'] },
    })
    expect(hardeningRow(binary({ isStatic: true }))).toMatchObject({ stackProtector: null, fortify: null })
  })
})
