// SPDX-License-Identifier: Apache-2.0
import type { ErrorCode, YAMLError, YAMLWarning } from 'yaml'
import type { Location, MillraceError } from '../base/index.ts'
import { invalid } from './invalid.ts'

/** A syntax error of the YAML parser in words for who wrote the recipe. */
export function yamlProblem(
  error: YAMLError | YAMLWarning,
  text: string,
  file: string,
  at: Location,
): MillraceError {
  const line =
    text
      .slice(text.lastIndexOf('\n', error.pos[0] - 1) + 1)
      .split('\n', 1)[0]
      ?.trim() ?? ''
  const { why, fix } = WORDS[error.code]?.(line) ?? {
    why: plainMessage(error),
    fix: 'mend the YAML there; indentation and quotes are the usual causes',
  }
  return invalid(`reading ${file} as YAML`, why, fix, at)
}

type Words = (line: string) => { readonly why: string; readonly fix: string }

const WORDS: Partial<Record<ErrorCode, Words>> = {
  DUPLICATE_KEY: (line) => ({
    why: `the key ${line.split(':', 1)[0]} is there twice in the same map`,
    fix: 'remove one of the two, or merge what they say',
  }),
  TAB_AS_INDENT: () => ({ why: 'a tab stands where the indentation is', fix: 'indent with spaces' }),
  BLOCK_AS_IMPLICIT_KEY: (line) => ({
    why: `a second ": " in ${line} makes a map inside of one line`,
    fix: 'put quotes around the value',
  }),
  MULTILINE_IMPLICIT_KEY: (line) => ({
    why: `${line} is neither a key with a colon nor part of the value above`,
    fix: 'add the colon, or indent it below the key it belongs to',
  }),
  MULTIPLE_DOCS: () => ({
    why: 'a second document begins here; a recipe is one',
    fix: 'remove the --- and what follows, or make it a file of its own',
  }),
  MISSING_CHAR: (line) => ({
    why: `in ${line} something that was opened is not closed, or a key has no colon`,
    fix: 'close the quote, bracket or brace; a key needs a colon and a space behind it',
  }),
  BAD_SCALAR_START: (line) => ({
    why: `${line} begins with a character that means something to YAML`,
    fix: 'put quotes around the value',
  }),
  BAD_INDENT: () => ({
    why: 'this line is indented unlike the lines it belongs to',
    fix: 'give all keys of a map, and all items of a list, the same indentation',
  }),
  BAD_ALIAS: (line) => ({
    why: `${line} uses an alias whose anchor is not there`,
    fix: 'write &name before the value that *name stands for; a value that begins with * needs quotes',
  }),
  TAG_RESOLVE_FAILED: (line) => ({
    why: `${line} has a tag; a recipe knows texts, lists and maps only`,
    fix: 'remove the tag; a value that begins with ! needs quotes',
  }),
}

function plainMessage(error: YAMLError | YAMLWarning): string {
  return error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? error.code
}
