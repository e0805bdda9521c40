// SPDX-License-Identifier: Apache-2.0
import { useState } from 'react'
import type { StoredDocument } from '../../src/server/api.ts'
import { documentPath } from '../api.ts'
import { formatBytes } from '../format.ts'
import { DigestText } from './words.tsx'

/** Beyond this, a browser is slow to draw one text; the whole is behind the link. */
const MAX_SHOWN = 400_000

/** The document itself, for who believes no table. */
export function RawDocument({
  document,
  value,
}: {
  readonly document: StoredDocument
  readonly value: unknown
}) {
  const [open, setOpen] = useState(false)
  const { digest, mediaType, sizeBytes } = document
  return (
    <details className="raw" onToggle={(toggle) => setOpen(toggle.currentTarget.open)}>
      <summary>Raw document</summary>
      <p className="raw-facts">
        <a href={documentPath(digest)}>Open</a>
        <span>{mediaType}</span>
        <span>{formatBytes(sizeBytes)}</span>
        <DigestText digest={digest} label="the digest of the document" />
      </p>
      {open && <pre>{clip(JSON.stringify(value, null, 2))}</pre>}
    </details>
  )
}

const clip = (text: string) => (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}\n…` : text)
