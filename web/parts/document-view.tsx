// SPDX-License-Identifier: Apache-2.0
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { formatBytes } from '../../src/base/words.ts'
import type { StoredDocument } from '../../src/server/api.ts'
import { documentPath, queries } from '../api.ts'
import { Answer, Empty } from './answers.tsx'
import { DigestText } from './words.tsx'

interface Reading<T> {
  /** Null for a document of another form. */
  readonly read: (value: unknown) => T | null
  /** Said of a document of another form. */
  readonly unread: string
  readonly children: (content: T) => ReactNode
}

/** A stored document, read for people, and as it stands. @param missing what is said where there is none. */
export function DocumentView<T>(
  props: Reading<T> & { readonly document: StoredDocument | null; readonly missing: string },
) {
  const { document, missing, ...reading } = props
  return document === null ? <Empty title={missing} /> : <Stored document={document} {...reading} />
}

function Stored<T>(props: Reading<T> & { readonly document: StoredDocument }) {
  const { document, read, unread, children } = props
  const query = useQuery(queries.document(document.digest))
  return (
    <Answer query={query}>
      {(value) => {
        const content = read(value)
        return (
          <>
            {content === null ? <Empty title={unread} /> : children(content)}
            <RawDocument document={document} value={value} />
          </>
        )
      }}
    </Answer>
  )
}

/** Beyond this, a browser is slow to draw one text; the whole is behind the link. */
const MAX_SHOWN = 400_000

/** The document itself, for who believes no table. */
function RawDocument({ document, value }: { readonly document: StoredDocument; readonly value: unknown }) {
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
