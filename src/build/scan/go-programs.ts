// SPDX-License-Identifier: Apache-2.0
import type { Findings } from './findings.ts'
import type { ReadFile, ReadTree } from './tree.ts'

/** Values of GOEXPERIMENT in toolchains whose cryptography is OpenSSL's: golang-fips, Microsoft's, and its older one. */
const OPENSSL_EXPERIMENTS = new Set(['boringcrypto', 'systemcrypto', 'opensslcrypto'])
/** What such a program opens when it runs: nothing in its headers says so. */
const OPENSSL = ['openssl-config-fipshardened', 'so:libcrypto.so.3']

/** Go programs that leave cryptography to OpenSSL. */
export function scanGoPrograms(tree: ReadTree): Findings {
  return { depends: tree.binaries.some(usesOpenssl) ? OPENSSL : [], provides: [], vendored: [] }
}

function usesOpenssl({ elf }: ReadFile): boolean {
  const settings = elf?.goSettings
  if (settings?.get('CGO_ENABLED') !== '1') return false
  return (
    OPENSSL_EXPERIMENTS.has(settings.get('GOEXPERIMENT') ?? '') ||
    settings.get('microsoft_systemcrypto') === '1'
  )
}
