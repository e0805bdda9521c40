// SPDX-License-Identifier: Apache-2.0

/** A step's heading in a log: `── step 2 of 3: autoconf/configure`. */
export interface LogStep {
  readonly line: number
  readonly index: number
  readonly of: number
  readonly label: string
}

const STEP = /^── step (\d+) of (\d+): (.*)$/
const COLOURS = /\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g
/** What compilers, configure scripts, build tools and test runners write when they give up. */
const TROUBLE =
  /(^|[\s:[(])(fatal|error|panic|traceback)\b\s*(\[\w+\])?\s*:|\b(undefined reference to|no such file or directory|command not found|cannot find -l|segmentation fault|permission denied)\b|^(FAILED?|ERROR|E):? |\*\*\* .*\b(Error|Stop)\b|^thread '.*' panicked|^Traceback \(most recent|^not ok \d/i
/** The same words where nothing is wrong: a search path that is not there, a probe that is expected to fail, a flag's name. */
const HARMLESS = /-W(no-)?error|^checking |\b(0|no) errors?\b|\bignored\b|\bwarning:/i

/** Splits what came of a stream; the last piece may still grow. */
export class LogLines {
  readonly lines: string[] = []
  #rest = ''

  /** Takes the next piece of text. Where a program went back to the start of a line, only what it wrote last is kept, as a terminal would. */
  add(text: string): void {
    const pieces = (this.#rest + text).split('\n')
    this.#rest = pieces.pop() ?? ''
    for (const piece of pieces) this.lines.push(cleanLine(piece))
  }

  end(): void {
    if (this.#rest !== '') this.lines.push(cleanLine(this.#rest))
    this.#rest = ''
  }
}

export function cleanLine(line: string): string {
  const last = line.replace(/\r+$/, '')
  return last.slice(last.lastIndexOf('\r') + 1).replace(COLOURS, '')
}

export function stepsOf(lines: readonly string[]): LogStep[] {
  return lines.flatMap((text, line) => {
    const match = STEP.exec(text)
    if (match === null) return []
    const [, index, of, label = ''] = match
    return [{ line, index: Number(index), of: Number(of), label }]
  })
}

export const isStep = (text: string): boolean => STEP.test(text)
export const isTrouble = (text: string): boolean => TROUBLE.test(text) && !HARMLESS.test(text)

/**
 * The line to begin reading at, counted from 0; null where none looks like an error.
 *
 * @param why the failure as the factory tells it: the line that says the same is the best place there is.
 */
export function findFirstError(lines: readonly string[], why: string | null = null): number | null {
  const said = why === null ? -1 : lines.findIndex((line) => line.trim() !== '' && line.trim() === why.trim())
  if (said >= 0) return said
  const first = lines.findIndex(isTrouble)
  return first === -1 ? null : first
}

/** Numbers of the lines that hold the words, in whatever case. */
export function searchLines(lines: readonly string[], words: string): number[] {
  const wanted = words.toLowerCase()
  if (wanted === '') return []
  return lines.flatMap((line, index) => (line.toLowerCase().includes(wanted) ? [index] : []))
}

const MAX_MARKS = 200

/** The text cut around the words: every second piece, beginning with the one at 1, is a match. */
export function splitAt(text: string, words: string): string[] {
  const [inText, wanted] = [text.toLowerCase(), words.toLowerCase()]
  // Some letters change their length with their case: places would not fit then.
  if (wanted === '' || inText.length !== text.length) return [text]
  const pieces: string[] = []
  let from = 0
  for (
    let at = inText.indexOf(wanted);
    at >= 0 && pieces.length < 2 * MAX_MARKS;
    at = inText.indexOf(wanted, from)
  ) {
    pieces.push(text.slice(from, at), text.slice(at, at + wanted.length))
    from = at + wanted.length
  }
  return [...pieces, text.slice(from)]
}
