// SPDX-License-Identifier: Apache-2.0
/**
 * The apk repository: channels of signed packages, published atomically, never forgetting what they once offered; and what it answers over HTTP. Images, the seed, the factory and the doors import
 * it; it imports base, versions, apk, store and keys. Specifications: apk-tools' `apk-repositories(5)`, RFC 9110 (HTTP semantics), RFC 7517 (JWK).
 */
export type { IncomingApk, OfferedApk } from './admission.ts'
export { CHANNELS, type Channel, isChannel, PUBLIC_CHANNELS, parseChannel } from './channel.ts'
export { readChannel } from './read-channel.ts'
export { type ApkRepository, openRepository, type RepositoryServices } from './repository.ts'
export type { RepositoryTables } from './tables.ts'
export type { IndexPointer } from './view.ts'
