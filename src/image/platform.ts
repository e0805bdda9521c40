// SPDX-License-Identifier: Apache-2.0
import type { Platform } from '../oci/index.ts'
import { ociArch } from '../recipe/index.ts'

/** The architectures of apko, by their names in apk (apko.md §1). */
const ARCHS = ['x86', 'x86_64', 'aarch64', 'armhf', 'armv7', 'loongarch64', 'ppc64le', 'riscv64', 's390x']

/** All spellings of architectures that an image definition may use, and apk's of each. */
export const ARCH_SPELLINGS: ReadonlyMap<string, string> = new Map(
  ARCHS.flatMap((arch): [string, string][] => [
    [arch, arch],
    [ociArch(arch), arch],
  ]),
)

/** @param arch in apk's words. */
export function platformOf(arch: string): Platform {
  const [architecture = arch, variant] = ociArch(arch).split('/')
  return { os: 'linux', architecture, ...(variant === undefined ? {} : { variant }) }
}
