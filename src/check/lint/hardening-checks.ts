// SPDX-License-Identifier: Apache-2.0
import type { Elf, ElfHardening } from '../../elf/index.ts'
import { type Fortification, fortificationOf } from './fortified.ts'

/** A binary as its loader sees it, and what hardens it. */
export interface Binary {
  readonly elf: Pick<Elf, 'rpath' | 'runpath' | 'goSettings'>
  readonly hardening: ElfHardening
}

/** One thing that a binary lacks. */
export interface Lack {
  readonly check: string
  /** `advice` where a binary may do without, or does not tell: it is shown, and never a finding. */
  readonly weight: 'finding' | 'advice'
  /** What is there instead, to follow the file's name. */
  readonly why: string
  readonly fix: string
}

/** A check, as it is explained. */
export interface HardeningCheck {
  readonly name: string
  readonly weight: Lack['weight']
  /** What it is, and what it is good against. */
  readonly meaning: string
  readonly fix: string
  /** Half a sentence on what is wrong; undefined when all is well. */
  readonly lack: (binary: Binary) => string | undefined
}

/** In the order in which they are told. */
export const HARDENING_CHECKS: readonly HardeningCheck[] = [
  {
    name: 'pie',
    weight: 'finding',
    meaning:
      'A position-independent program is loaded at another address each time, so that an attacker cannot know where its code is.',
    fix: 'compile with -fPIE and link with -pie',
    lack: ({ hardening: { isPositionIndependent } }) =>
      isPositionIndependent ? undefined : 'it is always loaded at the same address',
  },
  {
    name: 'relro',
    weight: 'finding',
    meaning:
      'With full RELRO the tables of addresses are read-only once the program runs: nobody can lead its calls elsewhere by writing there. It needs that all functions are bound at once.',
    fix: 'link with -Wl,-z,relro,-z,now',
    lack: ({ hardening: { relro, bindsNow } }) => {
      if (relro === 'none') return 'its tables of addresses stay writable'
      return bindsNow
        ? undefined
        : 'its table of functions stays writable, as they are bound at their first call'
    },
  },
  {
    name: 'stack',
    weight: 'finding',
    meaning:
      'Data on a stack that is not executable cannot be run as code. One library that asks for an executable stack gives it to the whole process.',
    fix: 'link with -Wl,-z,noexecstack, and end assembly with .section .note.GNU-stack,"",%progbits',
    lack: ({ hardening: { stack } }) => {
      if (stack === 'executable') return 'it asks for an executable stack'
      return stack === 'unsaid' ? 'it does not say that its stack needs not be executable' : undefined
    },
  },
  {
    name: 'writable-code',
    weight: 'finding',
    meaning: 'A part of memory that is writable and executable at once takes an attacker’s code and runs it.',
    fix: 'let the linker keep code and data apart: no -N, no -z rwx-segments',
    lack: ({ hardening: { hasWritableCode } }) =>
      hasWritableCode ? 'a part of it is writable and executable at once' : undefined,
  },
  {
    name: 'text-relocations',
    weight: 'finding',
    meaning:
      'Code that is written to while it is loaded cannot be shared, and is writable for as long as that takes.',
    fix: 'compile with -fPIC or -fPIE, and write assembly that is position-independent',
    lack: ({ hardening: { hasTextRelocations } }) =>
      hasTextRelocations ? 'its code is relocated while it is loaded' : undefined,
  },
  {
    name: 'search-path',
    weight: 'finding',
    meaning:
      'A search path that is relative, empty, or below a directory that anybody may write to lets others put a library in the way.',
    fix: 'remove it with chrpath -d or patchelf --remove-rpath, or let it begin with $ORIGIN or a directory of root’s',
    lack: ({ elf: { rpath, runpath } }) => {
      const open = [...rpath, ...runpath].filter(isOpen)
      return open.length === 0
        ? undefined
        : `it looks for libraries in ${open.map((one) => JSON.stringify(one)).join(', ')}`
    },
  },
  {
    name: 'stack-protector',
    weight: 'advice',
    meaning:
      'A value before the return address tells that a buffer on the stack was overrun. A program that keeps no such buffer has none.',
    fix: 'compile with -fstack-protector-strong',
    lack: (binary) =>
      stackProtectorOf(binary) === false
        ? 'no function of it checks its stack, if any has a buffer there'
        : undefined,
  },
  {
    name: 'fortify',
    weight: 'advice',
    meaning:
      'Fortified functions of the C library stop when they are to write beyond a buffer whose size the compiler knows. Where it proves that they do not, the plain ones stay.',
    fix: 'compile with -O2 -D_FORTIFY_SOURCE=3',
    lack: (binary) => {
      const { checked, plain } = fortifyOf(binary) ?? { checked: 0, plain: 0 }
      if (checked > 0 || plain === 0) return undefined
      return `none of its calls to ${plain === 1 ? 'the one function' : `the ${plain} functions`} that could be fortified is`
    },
  },
  {
    name: 'control-flow',
    weight: 'advice',
    meaning:
      'With these marks the processor refuses jumps and returns to where none should lead (Intel CET, Arm BTI and PAC). A linker sets one only where every part has it, those of the C library among them.',
    fix: 'compile with -fcf-protection=full on x86, -mbranch-protection=standard on aarch64, on a C library that has the marks',
    lack: ({ hardening: { marks, knownMarks } }) => {
      // Guarded control stacks are newer than compilers that set the others.
      const missing = knownMarks.filter((mark) => mark !== 'GCS' && !marks.includes(mark))
      return missing.length === 0 ? undefined : `it is not marked for ${missing.join(' and ')}`
    },
  },
]

/** Checks whose answer depends on how C is compiled: Go's own code has other means. */
const NOT_FOR_GO: ReadonlySet<string> = new Set([
  'pie',
  'relro',
  'stack-protector',
  'fortify',
  'control-flow',
])

/** What a binary lacks, the gravest first. Programs of Go that hold no C are judged by what concerns them. */
export function lacksOf(binary: Binary): Lack[] {
  const isGo = binary.elf.goSettings !== undefined && binary.elf.goSettings.get('CGO_ENABLED') !== '1'
  return HARDENING_CHECKS.flatMap(({ name, weight, fix, lack }) => {
    if (isGo && NOT_FOR_GO.has(name)) return []
    const why = lack(binary)
    return why === undefined ? [] : [{ check: name, weight, why, fix }]
  })
}

/** All that is known of a binary's hardening, as one row of a table; null for what it does not tell. */
export interface HardeningRow {
  readonly kind: ElfHardening['kind']
  readonly pie: boolean
  readonly relro: ElfHardening['relro']
  readonly bindNow: boolean
  readonly stack: ElfHardening['stack']
  readonly writableCode: boolean
  readonly textRelocations: boolean
  readonly rpath: readonly string[]
  readonly runpath: readonly string[]
  readonly stackProtector: boolean | null
  readonly fortify: Fortification | null
  readonly controlFlow: readonly string[]
}

export function hardeningRow(binary: Binary): HardeningRow {
  const { elf, hardening } = binary
  return {
    kind: hardening.kind,
    pie: hardening.isPositionIndependent,
    relro: hardening.relro,
    bindNow: hardening.bindsNow,
    stack: hardening.stack,
    writableCode: hardening.hasWritableCode,
    textRelocations: hardening.hasTextRelocations,
    rpath: elf.rpath,
    runpath: elf.runpath,
    stackProtector: stackProtectorOf(binary) ?? null,
    fortify: fortifyOf(binary) ?? null,
    controlFlow: hardening.marks,
  }
}

/** Undefined for what imports nothing: a static program has the functions within it, and tells no names. */
function stackProtectorOf({ hardening: { imports, isStatic } }: Binary): boolean | undefined {
  if (imports === undefined || isStatic) return undefined
  // AArch64 reads the guard from the loader by a name of its own.
  return imports.has('__stack_chk_fail') || imports.has('__stack_chk_guard')
}

function fortifyOf({ hardening: { imports, isStatic } }: Binary): Fortification | undefined {
  return imports === undefined || isStatic ? undefined : fortificationOf(imports)
}

/** Whether somebody else may put a library there. */
function isOpen(directory: string): boolean {
  if (/^\$(ORIGIN|\{ORIGIN\})(\/|$)/.test(directory)) return false
  return !directory.startsWith('/') || /^\/(tmp|var\/tmp|dev\/shm)(\/|$)/.test(directory)
}
