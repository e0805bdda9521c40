// SPDX-License-Identifier: Apache-2.0
import { type Document, isCollection, isNode, isScalar, visit, type YAMLError, type YAMLWarning } from 'yaml'

/** A syntax error in words for who wrote the text, and where to look. */
export interface YamlProblem {
  readonly why: string
  readonly fix: string
  readonly offset: number
}

/** More than these say nothing new. */
const MAX_PROBLEMS = 20

/** Errors and warnings of the YAML parser: in their order, one for each place. @param noun what the text is, with its article. */
export function describeYamlErrors(document: Document.Parsed, text: string, noun: string): YamlProblem[] {
  const errors = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0])
  const places = new Set<number>()
  const first = errors.filter(({ pos: [offset] }) => !places.has(offset) && places.add(offset))
  return first.slice(0, MAX_PROBLEMS).map((error) => describe(error, document, text, noun))
}

function describe(
  error: YAMLError | YAMLWarning,
  document: Document.Parsed,
  text: string,
  noun: string,
): YamlProblem {
  const [offset] = error.pos
  if (isUnclosed(error)) {
    const start = openedAt(document, offset, /quote/.test(error.message) ? isScalar : isCollection)
    const rest = text.slice(start).split('\n', 1)[0] ?? ''
    return {
      why: `what ${shortened(rest)} opens is never closed`,
      fix: 'close the quote, bracket or brace',
      offset: start,
    }
  }
  const line = shortened(lineAt(text, offset))
  const words = WORDS[error.code]?.(line, noun) ?? {
    why: error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? error.code,
    fix: 'mend the YAML there; indentation and quotes are the usual causes',
  }
  return { ...words, offset }
}

function isUnclosed({ code, message }: YAMLError | YAMLWarning): boolean {
  return code === 'MISSING_CHAR'
    ? !/Implicit map keys/.test(message)
    : /sufficiently indented and end with/.test(message)
}

const WORDS: Readonly<
  Record<string, (line: string, noun: string) => { readonly why: string; readonly fix: string }>
> = {
  DUPLICATE_KEY: (line) => ({
    why: `the key ${line.split(':', 1)[0]} is there twice in the same map`,
    fix: 'remove one of the two, or merge what they say',
  }),
  TAB_AS_INDENT: () => ({ why: 'a tab stands where the indentation is', fix: 'indent with spaces' }),
  BLOCK_AS_IMPLICIT_KEY: (line) =>
    /: .*: /.test(line)
      ? { why: `a second ": " in ${line} makes a map inside of one line`, fix: 'put quotes around the value' }
      : {
          why: `the lines below ${line} are indented as if they belonged to its value`,
          fix: 'give all keys of a map the same indentation',
        },
  MISSING_CHAR: (line) => ({
    why: `${line} has no colon behind it`,
    fix: 'add a colon and a value, or indent it below the key it belongs to',
  }),
  MULTILINE_IMPLICIT_KEY: (line) => ({
    why: `${line} is neither a key with a colon nor part of the value above`,
    fix: 'add the colon, or indent it below the key it belongs to',
  }),
  MULTIPLE_DOCS: (_, noun) => ({
    why: `a second document begins here; ${noun} is one`,
    fix: 'remove the --- and what follows, or make it a file of its own',
  }),
  BAD_SCALAR_START: (line) => ({
    why: `the value in ${line} begins with a character that means something to YAML`,
    fix: 'put quotes around the value',
  }),
  BAD_INDENT: () => ({
    why: 'this line is indented unlike the lines it belongs to',
    fix: 'give all keys of a map, and all items of a list, the same indentation',
  }),
  TAG_RESOLVE_FAILED: (line, noun) => ({
    why: `${line} has a tag; ${noun} takes none`,
    fix: 'remove the tag; a value that begins with ! needs quotes',
  }),
}

/** Where the innermost thing begins that an offset is in. */
function openedAt(document: Document.Parsed, offset: number, isOpened: (node: unknown) => boolean): number {
  let start = offset
  visit(document, (_, node) => {
    const range = isNode(node) && isOpened(node) ? node.range : undefined
    if (range && range[0] <= offset && offset <= range[2]) start = range[0]
  })
  return start
}

function lineAt(text: string, offset: number): string {
  return text.slice(text.lastIndexOf('\n', offset - 1) + 1).split('\n', 1)[0] ?? ''
}

function shortened(line: string): string {
  const trimmed = line.trim()
  return trimmed.length > 60 ? `${trimmed.slice(0, 60)}…` : trimmed
}
