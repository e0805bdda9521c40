// SPDX-License-Identifier: Apache-2.0
import { readDynamic } from './dynamic.ts'
import type { ElfBytes, ElfSource } from './elf-bytes.ts'
import { type ElfType, readElfHeader } from './elf-header.ts'
import { readGoSettings } from './go-build-info.ts'
import { archOf } from './machine.ts'
import { findBuildId } from './notes.ts'
import { readSectionFacts } from './sections.ts'
import { PT_INTERP, PT_NOTE, readSegments, type Segment } from './segments.ts'
import { decodeText } from './text.ts'

export type { ElfSource } from './elf-bytes.ts'

export interface Elf {
  readonly class: 32 | 64
  readonly byteOrder: 'little' | 'big'
  /** e_machine. */
  readonly machine: number
  /** In apk's words, such as `x86_64`; undefined for machines that apk has no word for, and for 32-bit ARM, where the header does not tell armhf from armv7. */
  readonly arch: string | undefined
  /** e_type: a position-independent program is `shared`, with `isPie`. */
  readonly type: ElfType
  readonly isPie: boolean
  /** The program that loads it, such as `/lib64/ld-linux-x86-64.so.2`. */
  readonly interpreter: string | undefined
  readonly soname: string | undefined
  /** Sonames, in the file's order. */
  readonly needed: readonly string[]
  readonly rpath: readonly string[]
  readonly runpath: readonly string[]
  /** Lower-case hex. */
  readonly buildId: string | undefined
  /** A program that needs no loader. */
  readonly isStatic: boolean
  /** There is no symbol table beyond the dynamic one. */
  readonly isStripped: boolean
  readonly hasDebugSections: boolean
  /** Debug information that was split from its file: its code is elsewhere, and it asks nothing of a loader. */
  readonly isDebugOnly: boolean
  /** What a Go program was built with, such as CGO_ENABLED and GOEXPERIMENT; undefined for what Go 1.18 or later did not link. */
  readonly goSettings: ReadonlyMap<string, string> | undefined
}

const NOT_LOADED = { soname: undefined, needed: [], rpath: [], runpath: [], isPie: false } as const
const MAX_INTERPRETER_BYTES = 4096

/**
 * What a file says of itself to loader and packager. Reads only the parts that say it, and takes no offset or count on trust.
 *
 * @param what the act, for messages: `scanning usr/bin/hello`
 * @returns undefined when the file is not an ELF file. @throws MillraceError ELF_INVALID for a broken one, and what `source.read` throws.
 */
export async function readElf(source: ElfSource, what: string): Promise<Elf | undefined> {
  const opened = await readElfHeader(source, what)
  if (opened === undefined) return undefined
  const { file, header } = opened
  const { machine, type } = header
  const identity = { class: header.class, byteOrder: header.byteOrder, machine, arch: archOf(header), type }
  // A core is memory, not a program: its segments may be many and lead anywhere.
  if (type === 'core') return { ...identity, ...coreFacts() }

  const sections = await readSectionFacts(file, header)
  const segments = await readSegments(file, header)
  // In a file of debug information, program headers describe the file that it was split from.
  const loaded = sections.isDebugOnly ? [] : segments
  const dynamic = await readDynamic(file, loaded)
  const interpreter = await readInterpreter(file, loaded)
  const isProgram = type === 'executable' || dynamic?.isPie === true
  return {
    ...identity,
    ...(dynamic ?? NOT_LOADED),
    interpreter,
    buildId: (await findBuildId(file, notesOf(loaded))) ?? (await findBuildId(file, sections.notes)),
    isStatic:
      isProgram && !sections.isDebugOnly && interpreter === undefined && (dynamic?.needed ?? []).length === 0,
    isStripped: !sections.hasSymbolTable,
    hasDebugSections: sections.hasDebugSections,
    isDebugOnly: sections.isDebugOnly,
    goSettings:
      sections.goBuildInfo === undefined ? undefined : await readGoSettings(file, sections.goBuildInfo),
  }
}

function coreFacts(): Omit<Elf, 'class' | 'byteOrder' | 'machine' | 'arch' | 'type'> {
  return {
    ...NOT_LOADED,
    interpreter: undefined,
    buildId: undefined,
    isStatic: false,
    isStripped: true,
    hasDebugSections: false,
    isDebugOnly: false,
    goSettings: undefined,
  }
}

async function readInterpreter(file: ElfBytes, segments: readonly Segment[]): Promise<string | undefined> {
  const segment = segments.find(({ type }) => type === PT_INTERP)
  if (segment === undefined) return undefined
  const part = 'the interpreter’s name'
  const bytes = (await file.read(segment.offset, segment.fileBytes, MAX_INTERPRETER_BYTES, part)).cString(0)
  if (bytes === undefined) throw file.invalid(`${part} has no end`)
  return decodeText(file, bytes, part)
}

function notesOf(segments: readonly Segment[]) {
  return segments
    .filter(({ type }) => type === PT_NOTE)
    .map(({ offset, fileBytes, align }) => ({ offset, sizeBytes: fileBytes, align }))
}
