// SPDX-License-Identifier: Apache-2.0

/** The `C:` identity of an apk: `Q1` and the padded base64 of the SHA-1 over its compressed control member. */
export type ApkIdentity = `Q1${string}`

/**
 * What an APKINDEX says of one package, field by field (letters of the index in brackets; apk-v2 spec, "APKINDEX").
 * Lists keep the order of the package; dependency strings keep their spelling.
 */
export interface ApkRecord {
  readonly name: string // [P]
  readonly version: string // [V] with its -rN
  readonly arch: string // [A]
  readonly identity: ApkIdentity // [C]
  readonly sizeBytes: number // [S] of the .apk file
  readonly installedSizeBytes: number // [I]
  readonly description: string // [T]
  readonly url: string // [U]
  readonly license: string // [L]
  readonly origin: string // [o] '' when none
  readonly maintainer: string // [m] '' when none
  readonly buildTimeSec: number // [t] 0 when none
  readonly commit: string // [c] '' when none
  readonly depends: readonly string[] // [D]
  readonly provides: readonly string[] // [p]
  readonly installIf: readonly string[] // [i]
  readonly replaces: readonly string[] // [r] not in the index; kept for the installed database
  readonly providerPriority: number // [k] 0 when none
}
