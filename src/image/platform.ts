// SPDX-License-Identifier: Apache-2.0
import type { Platform } from '../oci/index.ts'

/** The architectures of apko, by their name in apk, with their names in OCI (apko.md §1). */
const OCI_NAMES: Readonly<Record<string, string>> = {
  x86: '386',
  x86_64: 'amd64',
  aarch64: 'arm64',
  armhf: 'arm/v6',
  armv7: 'arm/v7',
  loongarch64: 'loong64',
  ppc64le: 'ppc64le',
  riscv64: 'riscv64',
  s390x: 's390x',
}

/** All spellings of architectures that an image definition may use. */
export const ARCH_SPELLINGS: ReadonlyMap<string, string> = new Map(
  Object.entries(OCI_NAMES).flatMap(([apk, oci]): [string, string][] => [
    [apk, apk],
    [oci, apk],
  ]),
)

/** @param arch in apk's words. */
export function platformOf(arch: string): Platform {
  const [architecture = arch, variant] = (OCI_NAMES[arch] ?? arch).split('/')
  return { os: 'linux', architecture, ...(variant === undefined ? {} : { variant }) }
}
