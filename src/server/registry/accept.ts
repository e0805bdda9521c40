// SPDX-License-Identifier: Apache-2.0

/**
 * Whether an Accept header takes a media type (RFC 9110 §12.5.1). No header takes everything; a more exact range overrules a less exact one; `q=0` takes nothing.
 */
export function accepts(header: string | null, mediaType: string): boolean {
  if (header === null || header.trim() === '') return true
  const [type] = mediaType.split('/')
  const exactness = [mediaType.toLowerCase(), `${type}/*`, '*/*']
  const ranges = header.split(',').map((part) => {
    const [range = '', ...parameters] = part.split(';').map((one) => one.trim().toLowerCase())
    return { range, refused: parameters.some((one) => /^q=0(\.0{0,3})?$/.test(one)) }
  })
  for (const wanted of exactness) {
    const found = ranges.find(({ range }) => range === wanted)
    if (found !== undefined) return !found.refused
  }
  return false
}
