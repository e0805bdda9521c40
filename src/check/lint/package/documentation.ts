// SPDX-License-Identifier: Apache-2.0
import { pathLint } from '../path-lint.ts'

/** Names that end as documentation's do: READ.ME, TODO, CREDITS, Markdown, Word, reStructuredText, pages of manuals. */
const DOCUMENTATION = /(?:READ(?:\.?ME)?|TODO|CREDITS|\.(?:md|docx?|rst|\d[a-z]))$/

/** No documentation but in `-doc` packages. Off by default: a README here and there does no harm. */
export const documentation = pathLint({
  noun: 'file of documentation',
  nouns: 'files of documentation',
  isWrong: ({ path }) => DOCUMENTATION.test(path),
  exempt: ['-doc'],
})
