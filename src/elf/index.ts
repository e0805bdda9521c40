// SPDX-License-Identifier: Apache-2.0
/**
 * What an ELF file says of itself to a loader and to a packager: architecture, kind, interpreter, soname, needed libraries, search paths, build id. Stores and trades import it; it imports base
 * and opens nothing by itself. Specifications: System V gABI chapters 4 and 5, the Linux Standard Base's notes, glibc's `elf.h` for GNU values.
 */
export { type Elf, type ElfSource, readElf } from './elf.ts'
export type { ControlFlowMark } from './gnu-properties.ts'
export { type ElfHardening, readElfHardening } from './hardening.ts'
