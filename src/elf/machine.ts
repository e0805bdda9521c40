// SPDX-License-Identifier: Apache-2.0
import type { ElfHeader } from './elf-header.ts'

/** e_machine, class and byte order → apk's word. */
const ARCHS: Readonly<Record<string, string>> = {
  '3 32 little': 'x86',
  '21 64 little': 'ppc64le',
  '22 64 big': 's390x',
  '62 64 little': 'x86_64',
  '183 64 little': 'aarch64',
  '243 64 little': 'riscv64',
  '258 64 little': 'loongarch64',
}

export function archOf(header: Pick<ElfHeader, 'machine' | 'class' | 'byteOrder'>): string | undefined {
  return ARCHS[`${header.machine} ${header.class} ${header.byteOrder}`]
}
