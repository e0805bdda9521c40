// SPDX-License-Identifier: Apache-2.0
import { pathLint } from '../path-lint.ts'

const PACKED = '(?:\\.(?:gz|bz2|xz|lzma|Z))?'
/** `man1/ls.1.gz`, sections and pages right below the directory; pages of other languages lie deeper, and are left alone. */
const PAGE = `(?:/man\\d[^/]*)?(?:/[^/]+\\.\\d[^/]*${PACKED})?`
const MAN = new RegExp(`^usr/(?:(?:local/)?share/)?man${PAGE}$`)
const INFO = new RegExp(`^usr/(?:local/)?share/info/(?:dir|[^/]+\\.info(?:-\\d+)?${PACKED})$`)

/** Manual and info pages are in `-doc` packages only. */
export const manInfo = pathLint({
  noun: 'manual or info page',
  isWrong: ({ path }) => MAN.test(path) || INFO.test(path),
  exempt: ['-doc'],
})
