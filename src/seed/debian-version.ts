// SPDX-License-Identifier: Apache-2.0

/**
 * An apk version for a Debian version (deb-version(7)), so that recipes' wishes such as `>=2.69` mean what they say. Within what Debian ships it keeps the order:
 *
 * - the epoch is dropped; of `1.3.dfsg+really1.3.1` counts what stands behind `really`; `dfsg`, `ds` and `repack` say nothing about upstream's version;
 * - upstream's numbers stay: `9.2p1` → `9.2_p1`, `1.0~rc2` → `1.0_rc2`, `1.0~git2024` → `1.0_pre2024`, `4.4+20231231` → `4.4_p20231231`;
 * - the Debian revision becomes the release: `-12.1+deb13u4` → `-r120104`, four digits for what comes behind the revision's first number.
 */
export function apkVersionOfDebian(version: string): string {
  const withoutEpoch = version.replace(/^\d+:/, '')
  const dash = withoutEpoch.lastIndexOf('-')
  if (dash !== -1)
    return `${upstreamOf(withoutEpoch.slice(0, dash))}-r${releaseOf(withoutEpoch.slice(dash + 1))}`
  // Debian's own software has no revision, but updates: `20250419+deb13u1`.
  const update = /[+~](deb\d+u|b)\d+$/.exec(withoutEpoch)
  return `${upstreamOf(withoutEpoch.slice(0, update?.index))}-r${releaseOf(`0${update?.[0] ?? ''}`)}`
}

const SAYS_NOTHING = /[.+~-]?(dfsg|ds|repack)\.?\d*/g

function upstreamOf(text: string): string {
  const real = /[+.~-]really(.+)$/.exec(text)?.[1] ?? text
  const plain = real.replace(SAYS_NOTHING, '')
  const [, numbers = '', letter = '', rest = ''] =
    /^[^\d]*(\d+(?:\.\d+)*)([a-z](?![a-z0-9]))?(.*)$/.exec(plain) ?? []
  if (numbers === '') return '0'
  return `${numbers}${letter}${suffixesOf(rest)}`
}

/** What follows upstream's numbers: `~` makes a version earlier, anything else later. */
function suffixesOf(rest: string): string {
  const parts = rest.matchAll(/([~+._-]*)([a-zA-Z]*)[._-]?(\d*)/g)
  return [...parts]
    .map(([whole, sign = '', word = '', digits = '']) => {
      if (whole === '' || (word === '' && digits === '')) return ''
      const known = /^(alpha|beta|pre|rc)$/i.exec(word)?.[1]?.toLowerCase()
      const short = { a: 'alpha', b: 'beta' }[word.toLowerCase()]
      const earlier = sign.includes('~') || known !== undefined
      return `_${known ?? (earlier ? (short ?? 'pre') : 'p')}${digits.slice(0, 15)}`
    })
    .join('')
}

/** `12.1+deb13u4`: the number, the non-maintainer number, the update of a release or the rebuild. */
function releaseOf(revision: string): string {
  const [, main = '0', minor = '0', rest = ''] = /^[^\d]*(\d{1,9})(?:\.(\d+))?(.*)$/.exec(revision) ?? []
  const updates = [...rest.matchAll(/(?:deb\d+u|\+b|ubuntu|bpo\d+[+])(\d+)/g)].reduce(
    (sum, [, digits]) => sum + Number(digits),
    0,
  )
  const two = (value: number) => String(Math.min(value, 99)).padStart(2, '0')
  return String(Number(`${main}${two(Number(minor))}${two(updates)}`))
}
