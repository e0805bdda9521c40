// SPDX-License-Identifier: Apache-2.0
import { styleText } from 'node:util'
import { stripControls } from '../../base/index.ts'

export type Style = Parameters<typeof styleText>[0]

/** Gives a text a colour or leaves it as it is. Styled text is only ever made last: widths are those of what is seen. */
export type Paint = (style: Style, text: string) => string

export const noPaint: Paint = (_style, text) => text

/** Colours when the stream shows them and the user wants them: util.styleText asks the stream, NO_COLOR and FORCE_COLOR. */
export function paintFor(stream: NodeJS.WritableStream): Paint {
  return (style, text) => (text === '' ? '' : styleText(style, text, { stream }))
}

/** Columns a text takes on a terminal: East Asian wide characters and emoji two, combining marks none. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += widthOfCharacter(character)
  return width
}

/** One line of at most `width` columns, controls and tabs taken out; `…` stands for what was cut. */
export function clip(text: string, width: number): string {
  const line = oneLine(text)
  if (width <= 0) return ''
  return widthOf(line) <= width ? line : `${startOf([...line], width - 1)}…`
}

/** The same for a command line or a path, of which the end says most: a third of its start, then its end. */
export function clipMiddle(text: string, width: number): string {
  const line = oneLine(text)
  if (width <= 0) return ''
  if (widthOf(line) <= width) return line
  const start = startOf([...line], Math.floor(width * 0.35))
  const end = startOf([...line].toReversed(), width - 1 - widthOf(start))
  return `${start}…${[...end].toReversed().join('')}`
}

/** The same, filled up with blanks to exactly `width` columns. */
export function column(text: string, width: number): string {
  const fitted = clip(text, width)
  return fitted + ' '.repeat(Math.max(0, width - widthOf(fitted)))
}

/** A bar of `width` columns; its two parts, so that each can have its colour. */
export function barParts(fraction: number, width: number): [full: string, rest: string] {
  const full = Math.min(width, Math.max(0, Math.floor(fraction * width)))
  return ['━'.repeat(full), '─'.repeat(Math.max(0, width - full))]
}

const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

function oneLine(text: string): string {
  return stripControls(text).replace(/\s+/g, ' ').trimEnd()
}

function startOf(characters: readonly string[], width: number): string {
  let used = 0
  const end = characters.findIndex((character) => {
    used += widthOfCharacter(character)
    return used > width
  })
  return characters.slice(0, end === -1 ? undefined : end).join('')
}

function widthOfCharacter(character: string): number {
  if (/^[\p{M}]|^[\u200b-\u200f]|^[\ufe00-\ufe0f]/u.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}
