// SPDX-License-Identifier: Apache-2.0
/**
 * The factory's signing keys, in a directory of their own: an RSA key for packages and indexes, an ECDSA key for attestations, and the public keys of those that signed before. Trades and the
 * factory import it; it imports base. A private key leaves this folder only as a Signer. Specifications: RFC 8017 (RSA), FIPS 186-5 (ECDSA), RFC 7517 (JWK), apk-tools' `apk-keys(5)`.
 */

export { formatJwks, type Keyring, loadKeyring } from './keyring.ts'
export { type FactoryKeys, loadKeys } from './load-keys.ts'
export type { Signer } from './signer.ts'
