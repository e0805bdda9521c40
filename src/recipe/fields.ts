// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod'
import { nearestName, shown } from '../base/index.ts'
import { readGoPattern } from './go-pattern.ts'

/** Kinds of values that recipes are made of. Each takes the text, list or map that the YAML has; nothing at all is an empty one. */

const Text = z.string()
export const text = Text.default('')

/** A text that must read as something. `problem` says why it does not, and what to do. */
function textThat<T>(
  problem: (text: string) => { why: string; fix: string } | undefined,
  value: (text: string) => T,
): z.ZodType<T, string> {
  return Text.superRefine((found, context) => {
    const wrong = problem(found)
    if (wrong !== undefined)
      context.addIssue({ code: 'custom', message: wrong.why, params: { fix: wrong.fix } })
  }).transform(value)
}

const TRUE = /^(y|yes|on|true)$/i
const FALSE = /^(n|no|off|false)?$/i

/** YAML 1.1's words, as melange has it. */
export const flag = textThat(
  (found) =>
    TRUE.test(found) || FALSE.test(found)
      ? undefined
      : { why: `expected true or false, found ${shown(found)}`, fix: 'write true or false' },
  (found) => TRUE.test(found),
)
  .meta({ description: 'true or false; yes, no, on and off are taken too' })
  .default(false)

const DECIMAL = /^\+?(0|[1-9][\d_]*)$/
const BASED = /^\+?0(?:(o?)([0-7_]+)|x([\da-f_]+)|b([01_]+))$/i

export const whole = textThat(
  (found) => (found === '' || wholeNumber(found) !== undefined ? undefined : wholeProblem(found)),
  (found) => wholeNumber(found) ?? 0,
)
  .meta({ description: 'a whole number, 0 or more' })
  .default(0)

/** `0755` and `0o755` are octal, as in YAML 1.1 and Go. */
function wholeNumber(found: string): number | undefined {
  const [, , octal, hex, binary] = BASED.exec(found) ?? []
  const number = DECIMAL.test(found)
    ? Number(found.replaceAll('_', ''))
    : octal !== undefined
      ? Number.parseInt(octal.replaceAll('_', ''), 8)
      : hex !== undefined
        ? Number.parseInt(hex.replaceAll('_', ''), 16)
        : binary !== undefined
          ? Number.parseInt(binary.replaceAll('_', ''), 2)
          : Number.NaN
  return Number.isSafeInteger(number) ? number : undefined
}

function wholeProblem(found: string) {
  const why = `expected a whole number, found ${shown(found)}`
  if (/^0\d+$/.test(found))
    return { why: `${why}: a number that begins with 0 is octal`, fix: `write ${Number(found)}` }
  if (/^-\d+$/.test(found)) return { why, fix: 'write 0 or more' }
  if (/^\d+\.\d+$/.test(found)) return { why, fix: `write ${Math.trunc(Number(found))}` }
  return { why, fix: 'write digits only' }
}

const DURATION = /^\+?((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/

export const duration = textThat(
  (found) => {
    if (found === '' || DURATION.test(found)) return undefined
    const fix = /^\d+$/.test(found) ? `write ${found}s, or ${found}m` : 'write it as in 90s, 45m or 1h30m'
    return { why: `expected a duration with its units, found ${shown(found)}`, fix }
  },
  (found) => found,
)
  .meta({ description: 'a time with its units, as in 90s, 45m or 1h30m' })
  .default('')

export const PACKAGE_NAME = /^[a-zA-Z\d][a-zA-Z\d+_.-]*$/

export const packageName = textThat(
  (found) =>
    PACKAGE_NAME.test(found) || found.includes('${{')
      ? undefined
      : {
          why: `expected a package name, found ${shown(found)}`,
          fix: 'use letters, digits and + _ . - and begin with a letter or digit',
        },
  (found) => found,
).meta({
  description: 'letters, digits and + _ . - beginning with a letter or digit; variables may stand in it',
})

export const someText = textThat(
  (found) => (found === '' ? { why: 'expected a text, found nothing', fix: 'write one' } : undefined),
  (found) => found,
)

export const cpeField = textThat(
  (found) =>
    found === '' || /^[a-z\d][a-z\d+_.-]*$/.test(found)
      ? undefined
      : {
          why: `expected lower-case letters, digits and + _ . - found ${shown(found)}`,
          fix: `write ${found.toLowerCase().replace(/[^a-z\d+_.-]+/g, '_') || 'another'}, or leave it out`,
        },
  (found) => found,
).default('')

function nearestFix(found: string, words: readonly string[]): string {
  const near = nearestName(found, words)
  return near === undefined ? `write one of ${words.join(', ')}` : `did you mean ${near}?`
}

export function oneOf(...words: readonly string[]) {
  return textThat(
    (found) =>
      found === '' || words.includes(found)
        ? undefined
        : {
            why: `expected ${words.join(' or ')}, found ${shown(found)}`,
            fix: nearestFix(found, words),
          },
    (found) => found,
  )
    .meta({ enum: words })
    .default('')
}

/** A whole number that stays a text, because variables may stand in it. */
export const priority = textThat(
  (found) =>
    /^([-+]?\d+)?$/.test(found) || found.includes('${{')
      ? undefined
      : { why: `expected a whole number, found ${shown(found)}`, fix: 'write digits only' },
  (found) => found,
)
  .meta({ description: 'a whole number; variables may stand in it' })
  .default('')

/** A regular expression in Go's syntax. */
export const goPattern = textThat(
  (found) => {
    try {
      readGoPattern(found)
      return undefined
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      return {
        why: `the pattern ${shown(found)} cannot be read: ${error.message}`,
        fix: 'write it in RE2 syntax, which Go uses',
      }
    }
  },
  (found) => found,
).meta({ description: 'a regular expression in Go’s syntax (RE2)' })

const none = <T extends z.ZodType>(schema: T, nothing: object) =>
  z.preprocess((value) => (value === '' || value === undefined ? nothing : value), schema)

export const list = <T extends z.ZodType>(item: T) => none(z.array(item), [])
export const map = <T extends z.ZodType>(value: T) => none(z.record(z.string(), value), {})
export const object = <T extends z.ZodRawShape>(shape: T) => none(z.strictObject(shape), {})
export const texts = list(Text)
export const words = map(Text)
