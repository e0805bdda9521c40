// SPDX-License-Identifier: Apache-2.0

/**
 * A command line as words: quotes and backslashes as in a POSIX shell (XCU 2.2), nothing is expanded. apko splits `entrypoint.command` and `cmd` so.
 *
 * @returns undefined when a quote is not closed.
 */
export function shellWords(line: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at)
    if (/\s/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (char === "'" || char === '"') {
      const end = closing(line, at)
      if (end === -1) return undefined
      const inside = line.slice(at + 1, end)
      word = (word ?? '') + (char === '"' ? inside.replace(/\\([\\"$`])/g, '$1') : inside)
      at = end
    } else if (char === '\\') {
      at += 1
      if (at === line.length) return undefined
      word = (word ?? '') + line.charAt(at)
    } else word = (word ?? '') + char
  }
  if (word !== undefined) words.push(word)
  return words
}

/** Where the quote that opens at an offset is closed. */
function closing(line: string, open: number): number {
  const quote = line.charAt(open)
  for (let at = open + 1; at < line.length; at++) {
    if (line.charAt(at) === quote) return at
    if (quote === '"' && line.charAt(at) === '\\') at += 1
  }
  return -1
}
