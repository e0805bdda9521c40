// SPDX-License-Identifier: Apache-2.0
import { formatCause, isBinaryTime, isBuildId } from './format-causes.ts'
import type { BodyDifference, Spot } from './spots.ts'
import { knownCause, knownElsewhere, textCause, type Variations } from './text-causes.ts'

/**
 * Why two builds of a file differ, as far as its bytes tell: known values of the two circumstances, times, random names, order. The build id of a program follows from all
 * else in it, so it is a cause only when nothing else differs.
 */
export function likelyCause(path: string, difference: BodyDifference, variations: Variations): string {
  const { whole, spots } = difference
  const telling = spots.filter((spot) => !isBuildId(spot))
  return (
    (whole && textOrderCause(whole)) ??
    firstOf(telling, (spot) => knownCause(spot, variations)) ??
    (whole && knownElsewhere(whole.first, whole.second, variations)) ??
    firstOf(telling, (spot) => formatCause(path, difference, spot) ?? textCause(spot)) ??
    (whole && haveSameBytes(whole) ? `the same bytes ${ORDER}` : null) ??
    (telling.some(isBinaryTime) ? 'a time of the build, in binary form' : null) ??
    (telling[0] === undefined ? BUILD_ID : unknownCause(telling[0]))
  )
}

function firstOf(spots: readonly Spot[], causeOf: (spot: Spot) => string | null): string | null {
  for (const spot of spots) {
    const cause = causeOf(spot)
    if (cause !== null) return cause
  }
  return null
}

const BUILD_ID =
  'the build id: what differs was in the file before it was stripped, or is in its debug information'

type Whole = NonNullable<BodyDifference['whole']>

const ORDER = 'in another order, as from parallel jobs, directory order or a locale'

function textOrderCause({ first, second }: Whole): string | null {
  if (first.length !== second.length || first.includes(0)) return null
  const sorted = (bytes: Buffer, separator: RegExp) =>
    bytes.toString('latin1').split(separator).sort().join('\n')
  if (sorted(first, /\n/) === sorted(second, /\n/)) return `the same lines ${ORDER}`
  return sorted(first, /\s+/) === sorted(second, /\s+/) ? `the same words ${ORDER}` : null
}

/** Few bytes may be the same by accident. */
function haveSameBytes({ first, second }: Whole): boolean {
  if (first.length !== second.length || first.length < 64) return false
  return Buffer.from(first.toSorted()).equals(Buffer.from(second.toSorted()))
}

const SHOWN_BYTES = 24

function unknownCause({ first, second, at }: Spot): string {
  const show = (bytes: Buffer) => {
    const part = bytes.subarray(Math.max(0, at - 8), at + SHOWN_BYTES - 8)
    const text = part.toString('latin1')
    return /^[\x20-\x7e]*$/.test(text) ? JSON.stringify(text) : `<${part.toString('hex')}>`
  }
  return `not known: ${show(first)} in the first build, ${show(second)} in the second`
}
