// SPDX-License-Identifier: Apache-2.0
import { formatCount } from '../../../base/index.ts'
import type { OpenLint } from '../lint.ts'
import { isCode } from './code.ts'

const EM_X86_64 = 62
const EM_AARCH64 = 183
/** e_machine in words, as far as they are heard of. */
const MACHINES: Readonly<Record<number, string>> = {
  ...{ 2: 'sparc', 3: 'i386', 8: 'mips', 20: 'ppc', 21: 'ppc64', 22: 's390', 40: 'arm', 43: 'sparc64' },
  ...{ 50: 'ia64', 243: 'riscv', 247: 'bpf', 258: 'loongarch' },
}

/** All programs and libraries are for x86_64 or aarch64, which packages are made for. */
export const binaryArch: OpenLint = () => {
  const binaries: { path: string; arch: string }[] = []
  return {
    binary: ({ entry, elf }) => {
      if (elf === undefined || elf.machine === EM_X86_64 || elf.machine === EM_AARCH64 || !isCode(entry))
        return
      binaries.push({ path: entry.path, arch: MACHINES[elf.machine] ?? `machine ${elf.machine}` })
    },
    finish: () =>
      binaries.length === 0
        ? undefined
        : {
            what: `has ${formatCount(binaries.length, 'binary', 'binaries')} for an architecture that is not supported`,
            places: binaries.map(({ path, arch }) => ({ path, note: arch })),
            details: { binaries },
          },
  }
}
