// SPDX-License-Identifier: Apache-2.0

/** What one error code means at every door: the CLI's exit code, the HTTP status, and whether the queue tries again. */
export interface ErrorKind {
  /** 1 bug · 2 usage · 3 input invalid · 4 build or check failed · 5 verification refused · 6 host lacks something · 7 remote failed. */
  readonly exit: 1 | 2 | 3 | 4 | 5 | 6 | 7
  readonly http: number
  readonly retry: boolean
  readonly title: string
}

/** Every error Millrace can raise, sorted by code. `docs/errors.md` is generated from this table. */
export const ERRORS = {
  ADMISSION_REFUSED: { exit: 5, http: 422, retry: false, title: 'A channel does not admit this package' },
  APK_INVALID: { exit: 3, http: 422, retry: false, title: 'The bytes are not a valid apk package' },
  ARCHIVE_HOSTILE: {
    exit: 5,
    http: 422,
    retry: false,
    title: 'The archive tries to leave its directory, or holds what no archive may',
  },
  ARCHIVE_INVALID: { exit: 3, http: 422, retry: false, title: 'The bytes are not a valid archive' },
  ARCHIVE_TOO_LARGE: { exit: 5, http: 413, retry: false, title: 'The archive is larger than its limit' },
  ATTESTATION_INVALID: { exit: 3, http: 422, retry: false, title: 'The bytes are not a valid attestation' },
  BLOB_CORRUPT: {
    exit: 5,
    http: 500,
    retry: true,
    title: 'A stored blob no longer has the bytes its digest names',
  },
  BLOB_MISSING: { exit: 3, http: 404, retry: false, title: 'The store has no blob of this digest' },
  BUILD_FAILED: { exit: 4, http: 422, retry: false, title: 'A build failed' },
  CANCELLED: { exit: 1, http: 499, retry: true, title: 'The work was cancelled' },
  CHECK_FAILED: { exit: 4, http: 422, retry: false, title: 'A package or image did not pass its tests' },
  DATABASE_FAILED: { exit: 7, http: 503, retry: true, title: 'The database did not answer as expected' },
  DATA_LOCKED: { exit: 2, http: 423, retry: false, title: 'Another Millrace uses this data directory' },
  DEPENDENCY_CYCLE: { exit: 3, http: 422, retry: false, title: 'Recipes need each other in a circle' },
  DEPENDENCY_UNSATISFIED: {
    exit: 3,
    http: 422,
    retry: false,
    title: 'No set of packages satisfies every dependency',
  },
  DIGEST_INVALID: { exit: 3, http: 422, retry: false, title: 'The text is not a digest' },
  DISK_FULL: { exit: 6, http: 507, retry: true, title: 'The disk has no room left' },
  ELF_INVALID: { exit: 3, http: 422, retry: false, title: 'The bytes are not a valid ELF file' },
  FETCH_FAILED: { exit: 7, http: 502, retry: true, title: 'A download failed' },
  FORMAT_DIFFERS: { exit: 4, http: 422, retry: false, title: 'A recipe is not in the common style' },
  GIT_HOSTILE: { exit: 5, http: 422, retry: false, title: 'A git repository holds what no repository may' },
  HOST_UNKNOWN: { exit: 2, http: 421, retry: false, title: 'The request names a host this server is not' },
  IMAGE_INVALID: {
    exit: 3,
    http: 422,
    retry: false,
    title: 'The image definition or its bytes are not valid',
  },
  INDEX_INVALID: { exit: 3, http: 422, retry: false, title: 'The bytes are not a valid APKINDEX' },
  INTERNAL: { exit: 1, http: 500, retry: false, title: 'Millrace has a bug' },
  KEY_INVALID: { exit: 3, http: 422, retry: false, title: 'The key cannot be used' },
  LINT_FAILED: {
    exit: 4,
    http: 422,
    retry: false,
    title: 'A package or recipe has what a required lint forbids',
  },
  LOCK_INVALID: { exit: 3, http: 422, retry: false, title: 'The bytes are not a valid lock' },
  LOCK_MISMATCH: {
    exit: 5,
    http: 422,
    retry: false,
    title: 'What a lock names is not what there is',
  },
  METHOD_UNSUPPORTED: { exit: 2, http: 405, retry: false, title: 'The path does not take this HTTP method' },
  NOT_FOUND: { exit: 3, http: 404, retry: false, title: 'There is nothing of that name' },
  OFFLINE: { exit: 6, http: 503, retry: false, title: 'The network is needed and may not be used' },
  OUTPUT_HOSTILE: {
    exit: 4,
    http: 422,
    retry: false,
    title: 'A build left what no package may hold',
  },
  PLAN_INVALID: { exit: 3, http: 422, retry: false, title: 'A build plan is not valid' },
  PORT_BUSY: { exit: 6, http: 503, retry: false, title: 'Another program listens on this port' },
  RECIPE_INVALID: { exit: 3, http: 422, retry: false, title: 'The recipe does not match its schema' },
  RECIPE_UNTARGETED: {
    exit: 3,
    http: 422,
    retry: false,
    title: 'The recipe is for other architectures',
  },
  REQUEST_TOO_LARGE: { exit: 2, http: 413, retry: false, title: 'The request is larger than its limit' },
  SANDBOX_FAILED: { exit: 6, http: 503, retry: true, title: 'The sandbox could not be made' },
  SEED_FAILED: { exit: 7, http: 502, retry: true, title: 'The seed could not be prepared' },
  SETTINGS_INVALID: { exit: 2, http: 422, retry: false, title: 'The settings are not valid' },
  SIGNATURE_INVALID: { exit: 5, http: 422, retry: false, title: 'A signature does not verify' },
  SOURCE_DIGEST_MISMATCH: {
    exit: 5,
    http: 422,
    retry: false,
    title: 'A source does not have the digest its recipe names',
  },
  SOURCE_NOT_FOUND: { exit: 7, http: 404, retry: true, title: 'No place has this source' },
  TOOL_FAILED: { exit: 7, http: 500, retry: true, title: 'A program Millrace drives failed' },
  TOOL_MISSING: { exit: 6, http: 503, retry: false, title: 'A program Millrace drives is not installed' },
  USAGE: { exit: 2, http: 400, retry: false, title: 'The command or request was not understood' },
  VERSION_INVALID: { exit: 3, http: 422, retry: false, title: 'The text is not a version' },
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof ERRORS
