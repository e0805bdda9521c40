// SPDX-License-Identifier: Apache-2.0
import { type DynamicEntry, readDynamicEntries } from './dynamic.ts'
import type { ElfSource } from './elf-bytes.ts'
import { readElfHeader } from './elf-header.ts'
import { type ControlFlowMark, marksOf, readMarks } from './gnu-properties.ts'
import { readImports } from './imports.ts'
import { readSectionFacts } from './sections.ts'
import { PT_DYNAMIC, PT_INTERP, PT_LOAD, readSegments, type Segment } from './segments.ts'

/** What makes a binary harder to take over, as a loader and the kernel see it. */
export interface ElfHardening {
  /** A `module` is a shared object: a library or a plugin. */
  readonly kind: 'program' | 'module'
  /** It can be loaded anywhere; true of every module. */
  readonly isPositionIndependent: boolean
  /** It is bound to nothing when it is loaded: no loader, no libraries. */
  readonly isStatic: boolean
  /** After it is relocated, its tables of addresses are read-only: `full` with those of functions, which all must be bound at once for it. */
  readonly relro: 'full' | 'partial' | 'none'
  /** All functions are bound when it is loaded, not at their first call; true of what is static. */
  readonly bindsNow: boolean
  /** What PT_GNU_STACK asks; `unsaid` leaves it to the loader, which gives an executable one for older code's sake. */
  readonly stack: 'plain' | 'executable' | 'unsaid'
  /** A part of it is writable and executable at once. */
  readonly hasWritableCode: boolean
  /** Its code is written to while it is relocated. */
  readonly hasTextRelocations: boolean
  /** Marks it bears, of those its machine knows. */
  readonly marks: readonly ControlFlowMark[]
  readonly knownMarks: readonly ControlFlowMark[]
  /** Names it takes from its libraries; undefined when they cannot be told. */
  readonly imports: ReadonlySet<string> | undefined
}

const PT_GNU_STACK = 0x6474e551
const PT_GNU_RELRO = 0x6474e552
const PF_X = 1
const PF_W = 2

const DT_NEEDED = 1n
const DT_TEXTREL = 22n
const DT_BIND_NOW = 24n
const DT_FLAGS = 30n
const DT_FLAGS_1 = 0x6ffffffbn
const DF_TEXTREL = 4n
const DF_BIND_NOW = 8n
const DF_1_NOW = 1n
const DF_1_PIE = 0x08000000n

/**
 * Reads what hardens an executable or a shared object.
 *
 * @param what the act, for messages
 * @returns undefined for all else: no ELF file, object files, cores, debug information split from its file. @throws MillraceError ELF_INVALID, and what `source.read` throws
 */
export async function readElfHardening(source: ElfSource, what: string): Promise<ElfHardening | undefined> {
  const opened = await readElfHeader(source, what)
  if (opened === undefined) return undefined
  const { file, header } = opened
  if (header.type !== 'executable' && header.type !== 'shared') return undefined
  const sections = await readSectionFacts(file, header)
  if (sections.isDebugOnly) return undefined
  const segments = await readSegments(file, header)
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC)
  const entries = dynamic === undefined ? [] : await readDynamicEntries(file, dynamic)
  const flags = flagsOf(entries)
  const hasLoader = segments.some(({ type }) => type === PT_INTERP)
  const kind = header.type === 'executable' || flags.isPie || hasLoader ? 'program' : 'module'
  const isStatic = kind === 'program' && !hasLoader && !entries.some(({ tag }) => tag === DT_NEEDED)
  const bindsNow = flags.bindsNow || isStatic
  return {
    kind,
    isPositionIndependent: header.type === 'shared',
    isStatic,
    relro: relroOf(segments, bindsNow),
    bindsNow,
    stack: stackOf(segments),
    hasWritableCode: segments.some(
      ({ type, flags }) => type === PT_LOAD && (flags & PF_W) !== 0 && (flags & PF_X) !== 0,
    ),
    hasTextRelocations: flags.hasTextRelocations,
    marks: await readMarks(file, header.machine, segments),
    knownMarks: marksOf(header.machine),
    imports: await readImports(file, segments, entries, sections.dynamicSymbolsBytes),
  }
}

function flagsOf(entries: readonly DynamicEntry[]) {
  const value = (tag: bigint) => entries.findLast((entry) => entry.tag === tag)?.value
  const [flags, flags1] = [value(DT_FLAGS) ?? 0n, value(DT_FLAGS_1) ?? 0n]
  return {
    isPie: (flags1 & DF_1_PIE) !== 0n,
    bindsNow: (flags & DF_BIND_NOW) !== 0n || (flags1 & DF_1_NOW) !== 0n || value(DT_BIND_NOW) !== undefined,
    hasTextRelocations: (flags & DF_TEXTREL) !== 0n || value(DT_TEXTREL) !== undefined,
  }
}

function relroOf(segments: readonly Segment[], bindsNow: boolean): ElfHardening['relro'] {
  if (!segments.some(({ type }) => type === PT_GNU_RELRO)) return 'none'
  return bindsNow ? 'full' : 'partial'
}

function stackOf(segments: readonly Segment[]): ElfHardening['stack'] {
  const stack = segments.find(({ type }) => type === PT_GNU_STACK)
  if (stack === undefined) return 'unsaid'
  return (stack.flags & PF_X) === 0 ? 'plain' : 'executable'
}
