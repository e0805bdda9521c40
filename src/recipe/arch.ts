// SPDX-License-Identifier: Apache-2.0

/** The C library in a triplet. */
export type Libc = 'gnu' | 'musl'

const GNU_TRIPLETS: Readonly<Record<string, string>> = {
  x86: 'i486-pc-linux-LIBC',
  x86_64: 'x86_64-pc-linux-LIBC',
  aarch64: 'aarch64-unknown-linux-LIBC',
  armhf: 'arm-unknown-linux-LIBCeabihf',
  armv7: 'armv7l-unknown-linux-LIBCeabihf',
  ppc64le: 'powerpc64le-unknown-linux-LIBC',
  s390x: 's390x-ibm-linux-LIBC',
}
const RUST_CPUS: Readonly<Record<string, string>> = { x86: 'i686', armhf: 'armv6', ppc64le: 'powerpc64le' }
const OCI_NAMES: Readonly<Record<string, string>> = {
  x86: '386',
  x86_64: 'amd64',
  aarch64: 'arm64',
  armhf: 'arm/v6',
  armv7: 'arm/v7',
  loongarch64: 'loong64',
}

/** `x86_64-pc-linux-gnu`, as autoconf's host and build want it. @param arch in apk's words. */
export function gnuTriplet(arch: string, libc: Libc): string {
  return (GNU_TRIPLETS[arch] ?? `${arch}-unknown-linux-LIBC`).replace('LIBC', libc)
}

/** `x86_64-unknown-linux-gnu`, as rustc's target wants it. */
export function rustTriplet(arch: string, libc: Libc): string {
  const suffix = arch === 'armhf' || arch === 'armv7' ? 'eabihf' : ''
  return `${RUST_CPUS[arch] ?? arch}-unknown-linux-${libc}${suffix}`
}

/** `amd64`, as images and Go call it. */
export function ociArch(arch: string): string {
  return OCI_NAMES[arch] ?? arch
}

/** Whether a recipe is meant for an architecture. No list, or the outdated `all`, means every one. */
export function isTargeted(targetArchitectures: readonly string[], arch: string): boolean {
  return (
    targetArchitectures.length === 0 ||
    targetArchitectures.includes('all') ||
    targetArchitectures.includes(arch)
  )
}
