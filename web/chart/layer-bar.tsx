// SPDX-License-Identifier: Apache-2.0
import { useState } from 'react'
import { formatBytes } from '../../src/base/words.ts'
import type { Layer } from '../../src/server/api.ts'
import { shortDigest } from '../format.ts'

const HUES = 8
/** In the list, what fills a layer; the rest is a number. */
const NAMED_PARTS = 6
/** Of the whole: below this a stripe would be too thin to point at. */
const MIN_SHARE = 0.004

/** An image's layers by what they weigh, as one bar, and beneath it what fills each. The list says all that the bar shows. */
export function LayerBar({ layers }: { readonly layers: readonly Layer[] }) {
  const [at, setAt] = useState<number | null>(null)
  const total = layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  return (
    <div className="layers">
      <div className="layer-bar" aria-hidden="true">
        {layers.map(({ digest, sizeBytes, parts }, index) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: a layer is its place; two may be of one digest
            key={`${index} ${digest}`}
            className={`hue-${index % HUES}${at === index ? ' at' : ''}${at !== null && at !== index ? ' off' : ''}`}
            style={{ flexGrow: Math.max(sizeBytes, total * MIN_SHARE) }}
            title={`${partsText(parts)}: ${formatBytes(sizeBytes)}`}
            onPointerEnter={() => setAt(index)}
            onPointerLeave={() => setAt(null)}
          >
            {sizeBytes > total * 0.12 && parts[0]?.name}
          </span>
        ))}
      </div>
      <ol className="layer-list">
        {layers.map((layer, index) => (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: a layer is its place; two may be of one digest
            key={`${index} ${layer.digest}`}
            className={at === index ? 'at' : undefined}
            onPointerEnter={() => setAt(index)}
            onPointerLeave={() => setAt(null)}
          >
            <span className={`swatch hue-${index % HUES}`} aria-hidden="true" />
            <span className="layer-parts">{partsText(layer.parts)}</span>
            <code title={layer.digest}>{shortDigest(layer.digest, 8)}</code>
            <span className="number">{formatBytes(layer.sizeBytes)}</span>
            <span className="number quiet">{percent(layer.sizeBytes, total)}</span>
          </li>
        ))}
      </ol>
    </div>
  )
}

function partsText(parts: Layer['parts']): string {
  if (parts.length === 0) return 'nothing'
  const named = parts.slice(0, NAMED_PARTS).map(({ name }) => name)
  const rest = parts.length - named.length
  return rest === 0 ? named.join(', ') : `${named.join(', ')} and ${rest} more`
}

function percent(part: number, total: number): string {
  const share = total === 0 ? 0 : (100 * part) / total
  return share > 0 && share < 1 ? '< 1 %' : `${Math.round(share)} %`
}
