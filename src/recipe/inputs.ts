// SPDX-License-Identifier: Apache-2.0
import { type MillraceError, nearestName } from '../base/index.ts'
import { invalid } from './invalid.ts'
import type { PlacedStep } from './pipeline-file.ts'
import { substituteAll, type Variables } from './substitute.ts'

/**
 * The values of a step's inputs, as `inputs.NAME`: what the caller gives, else the default (melange.md §6). What a caller writes is read where the caller
 * stands, and a default among the other inputs, so a forwarded `foo: ${{inputs.foo}}` takes the caller's.
 *
 * @throws MillraceError RECIPE_INVALID for an input that is not declared, missing, or no digest where it should be one.
 */
export function resolveInputs(
  caller: PlacedStep,
  body: PlacedStep,
  outside: Variables,
  what: string,
): ReadonlyMap<string, string> {
  const { with: given, uses } = caller.step
  const { inputs } = body.step
  if (uses !== '' && body !== caller) checkNames(caller, Object.keys(inputs), what)
  const resolved = new Map<string, string>()
  const underway = new Set<string>()

  const resolve = (name: string): string => {
    const known = resolved.get(`inputs.${name}`)
    if (known !== undefined) return known
    underway.add(name)
    const written = own(given, name)
    const input = own(inputs, name)
    const isGiven = written !== undefined && written !== ''
    const text = isGiven ? written : (input?.default ?? '')
    if (input?.required && text === '')
      throw invalid(
        what,
        `${uses || 'it'} needs the input ${name}`,
        `add ${name} to with`,
        caller.locate(['with']),
      )
    const place = isGiven
      ? { placed: caller, path: ['with', name] }
      : { placed: body, path: ['inputs', name, 'default'] }
    const value = substituteAll(text, isGiven ? callerFirst : siblingsFirst, () => ({
      what,
      locate: (needle) => place.placed.locate(place.path, needle),
    }))
    checkDigest(name, value, () => ({ what, at: place.placed.locate(place.path) }))
    underway.delete(name)
    resolved.set(`inputs.${name}`, value)
    return value
  }
  const sibling = (variable: string): string | undefined => {
    const name = variable.startsWith('inputs.') ? variable.slice('inputs.'.length) : undefined
    if (name === undefined || underway.has(name)) return undefined
    return Object.hasOwn(given, name) || Object.hasOwn(inputs, name) ? resolve(name) : undefined
  }
  const names = new Set([...Object.keys(given), ...Object.keys(inputs)])
  const keys = () => [...[...names].map((name) => `inputs.${name}`), ...outside.keys()]
  const callerFirst: Variables = { get: (name) => outside.get(name) ?? sibling(name), keys }
  const siblingsFirst: Variables = { get: (name) => sibling(name) ?? outside.get(name), keys }

  for (const name of names) resolve(name)
  return resolved
}

function checkNames({ step, locate }: PlacedStep, known: readonly string[], what: string): void {
  const unknown = Object.keys(step.with).find((name) => !known.includes(name))
  if (unknown === undefined) return
  const near = nearestName(unknown, known)
  const fix =
    near === undefined ? `its inputs are: ${[...known].sort().join(', ') || 'none'}` : `did you mean ${near}?`
  throw invalid(what, `${step.uses} has no input ${JSON.stringify(unknown)}`, fix, locate(['with', unknown]))
}

const DIGEST_LENGTHS: Readonly<Record<string, number>> = {
  'expected-sha256': 64,
  'expected-sha512': 128,
  'expected-commit': 40,
}

function checkDigest(
  name: string,
  value: string,
  place: () => { what: string; at: MillraceError['at'] },
): void {
  const length = own(DIGEST_LENGTHS, name)
  if (length === undefined || value === '' || (value.length === length && /^[0-9a-f]+$/.test(value))) return
  const { what, at } = place()
  const isUpper = value.length === length && /^[0-9a-f]+$/i.test(value)
  throw invalid(
    what,
    `${name} is ${JSON.stringify(value)} (${value.length} characters), expected ${length} hexadecimal digits in lower case`,
    isUpper ? `write ${value.toLowerCase()}` : 'give the whole value',
    at,
  )
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
