// SPDX-License-Identifier: Apache-2.0
import { Scalar, type ScalarTag, type Tags } from 'yaml'
import { stringifyString } from 'yaml/util'

/** Tags with which scalars are written as they were: quoted ones to the letter, those in blocks line by line. */
export function keepScalars(tags: Tags): Tags {
  return tags.map((tag) =>
    typeof tag === 'object' && tag.tag === TEXT ? { ...(tag as ScalarTag), stringify } : tag,
  )
}

const TEXT = 'tag:yaml.org,2002:str'

const stringify: NonNullable<ScalarTag['stringify']> = (item, context, onComment, onChompKeep) => {
  const source = item.srcToken !== undefined && 'source' in item.srcToken ? item.srcToken.source : ''
  if (item.type === Scalar.QUOTE_DOUBLE || item.type === Scalar.QUOTE_SINGLE) {
    // The quotes were kept with the source; one over several lines depends on its indentation.
    if (source !== '' && !source.includes('\n')) return source
  }
  const header = item.comment ? undefined : blockHeader(item)
  if (header !== undefined) return `${header}\n${indented(source, context.indent || '  ')}`
  return stringifyString(item as Scalar<string>, context, onComment, onChompKeep)
}

/** `|` or `>`, with what follows; undefined where the writer must see to more: indentation in digits, or empty lines at the end that count. */
function blockHeader({ srcToken }: Scalar): string | undefined {
  if (srcToken?.type !== 'block-scalar') return undefined
  const header = srcToken.props.find(({ type }) => type === 'block-scalar-header')
  const source = header !== undefined && 'source' in header ? header.source : ''
  return /^[|>]-?$/.test(source) && srcToken.source.trim() !== '' ? source : undefined
}

function indented(source: string, indent: string): string {
  const lines = source.replace(/\n$/, '').split('\n')
  const depth = lines.find((line) => line.trim() !== '')?.search(/[^ ]/) ?? 0
  return lines.map((line) => (line.length > depth ? indent + line.slice(depth) : '')).join('\n')
}
