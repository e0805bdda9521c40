// SPDX-License-Identifier: Apache-2.0
import { useState } from 'react'
import { Link } from 'wouter'
import { nameOf } from './use-places.ts'

const FEW = 120

/** Names, each a link to the picture around it. */
export function FocusLinks({ ids }: { readonly ids: readonly string[] }) {
  const [all, setAll] = useState(false)
  return (
    <p className="focus-links">
      {ids.slice(0, all ? undefined : FEW).map((id) => (
        <Link key={id} href={`/graph?focus=${encodeURIComponent(id)}`}>
          {nameOf(id)}
        </Link>
      ))}
      {ids.length > FEW && !all && (
        <button type="button" className="link-button quiet" onClick={() => setAll(true)}>
          and {(ids.length - FEW).toLocaleString('en-US')} more
        </button>
      )}
    </p>
  )
}
