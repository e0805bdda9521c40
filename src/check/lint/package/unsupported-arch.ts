// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path'
import { formatCount } from '../../../base/index.ts'
import type { OpenLint } from '../lint.ts'

const ARCHS = [
  ...['i386', 'i686', 'x86_32', 'x86-32', 'ppc64', 'ppc64le', 'powerpc', 's390x', 's390', 'mips', 'mipsel'],
  ...['mips64', 'riscv', 'riscv64', 'sparc', 'sparc64', 'ia64', 'm68k'],
]
/** Most paths have none of them anywhere. */
const ANY = new RegExp(ARCHS.join('|'))
/** A name that has one of these too is about both. */
const SUPPORTED = /aarch64|arm64|amd64|x86[-_]64/

/** No file is named for an architecture that packages are not made for: by a directory that begins with its name, or by a part of the file's own name. */
export const unsupportedArch: OpenLint = () => {
  const files: { path: string; arch: string }[] = []
  return {
    entry: ({ path, type }) => {
      const arch = type === 'directory' ? undefined : archIn(path.toLowerCase())
      if (arch !== undefined) files.push({ path, arch })
      return undefined
    },
    finish: () =>
      files.length === 0
        ? undefined
        : {
            what: `has ${formatCount(files.length, 'file', 'files')} named for an architecture that is not supported`,
            places: files.map(({ path, arch }) => ({ path, note: arch })),
            details: { files },
          },
  }
}

function archIn(path: string): string | undefined {
  if (!ANY.test(path)) return undefined
  const [directory, name] = [posix.dirname(path), posix.basename(path)]
  const isBoth = SUPPORTED.test(path)
  return ARCHS.find((arch) => directory.includes(`/${arch}`) || (!isBoth && names(name, arch)))
}

/** `libx-i386.so`, `x_mips`, `x.riscv.1`: one mark before it, and the same mark, a dot or nothing behind it. */
function names(name: string, arch: string): boolean {
  return ['-', '_', '.'].some(
    (mark) =>
      name.includes(`${mark}${arch}${mark}`) ||
      name.includes(`${mark}${arch}.`) ||
      name.endsWith(`${mark}${arch}`),
  )
}
