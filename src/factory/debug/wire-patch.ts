// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util'
import { isMap, isSeq, LineCounter, parseDocument, type YAMLSeq } from 'yaml'
import { MillraceError } from '../../base/index.ts'

/**
 * A recipe with one more step that applies a patch: `uses: patch`, behind the step of its pipeline that begins at a line. Every other byte stays, comments and layout among them.
 *
 * @param afterLine counts from 1; null puts it before all steps
 * @throws MillraceError RECIPE_INVALID when the pipeline is not written as a list with a step at that line
 */
export function wirePatch(text: string, file: string, afterLine: number | null, patch: string): string {
  const lines = new LineCounter()
  const pipeline = pipelineOf(text, lines)
  const refuse = (why: string) => cannotWire(file, patch, why)
  if (pipeline === undefined || pipeline.flow || pipeline.items.length === 0)
    throw refuse('its pipeline is not written as a list of steps, one below the other')
  const places = pipeline.items.map((item) => placeOf(item, text, lines))
  const index = afterLine === null ? -1 : places.findIndex((place) => place?.line === afterLine)
  const place = places[Math.max(index, 0)]
  if (place === undefined || (afterLine !== null && index < 0))
    throw refuse(`no step of its pipeline begins at line ${afterLine}`)
  const step = ['- uses: patch', '  with:', `    patches: ${patch}`]
    .map((line) => `${place.indent}${line}\n`)
    .join('')
  const isSpaced =
    places.length > 1 && /\n[ \t]*\n/.test(text.slice((places[0]?.end ?? 1) - 1, places[1]?.start ?? 0))
  const at = index < 0 ? place.start : place.end
  const before = text.slice(0, at)
  const head = before.endsWith('\n') || before === '' ? before : `${before}\n`
  const gap = isSpaced ? '\n' : ''
  const wired = index < 0 ? `${head}${step}${gap}${text.slice(at)}` : `${head}${gap}${step}${text.slice(at)}`
  if (!isSameBut(text, wired, index + 1, patch))
    throw refuse('the step could not be put in without changing another')
  return wired
}

interface Place {
  readonly line: number
  /** Of the line with the dash. */
  readonly start: number
  /** Behind the last line of the step. */
  readonly end: number
  readonly indent: string
}

function placeOf(item: unknown, text: string, lines: LineCounter): Place | undefined {
  if (!isMap(item) || !item.range) return undefined
  const [from, valueEnd] = item.range
  const start = text.lastIndexOf('\n', from - 1) + 1
  const dash = /^([ \t]*)-[ \t]/.exec(text.slice(start))
  if (dash === null) return undefined
  // The value of a block scalar takes the blank lines behind it in.
  const lastChar = text.slice(0, valueEnd).trimEnd().length
  const newline = text.indexOf('\n', lastChar)
  const end = newline === -1 ? text.length : newline + 1
  return { line: lines.linePos(from).line, start, end, indent: dash[1] ?? '' }
}

function pipelineOf(text: string, lines?: LineCounter): YAMLSeq | undefined {
  const document = parseDocument(text, lines === undefined ? {} : { lineCounter: lines })
  const pipeline = isMap(document.contents) ? document.contents.get('pipeline', true) : undefined
  return isSeq(pipeline) ? pipeline : undefined
}

/** Read again, the recipe is the same but for the new step. */
function isSameBut(before: string, after: string, index: number, patch: string): boolean {
  const [was, is] = [before, after].map((text) => parseDocument(text).toJS() as { pipeline: unknown[] })
  if (was === undefined || is === undefined) return false
  const pipeline = was.pipeline.toSpliced(index, 0, { uses: 'patch', with: { patches: patch } })
  return isDeepStrictEqual({ ...was, pipeline }, is)
}

function cannotWire(file: string, patch: string, why: string): MillraceError {
  return new MillraceError('RECIPE_INVALID', {
    what: `putting a step for ${patch} into ${file}`,
    why,
    fix: 'write the step by hand: - uses: patch, with patches under with:',
    at: { file },
  })
}
