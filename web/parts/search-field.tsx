// SPDX-License-Identifier: Apache-2.0
import type { KeyboardEventHandler, ReactNode } from 'react'
import { SearchIcon } from './icons.tsx'

/** A field that something is searched by; `children` stand behind what is typed. */
export function SearchField(props: {
  readonly label: string
  readonly placeholder: string
  readonly words: string
  readonly onWords: (words: string) => void
  readonly onKeyDown?: KeyboardEventHandler
  /** Whether it takes the room that its row has left. */
  readonly grow?: boolean
  readonly children?: ReactNode
}) {
  const { label, placeholder, words, onWords, onKeyDown, grow = false, children } = props
  return (
    <span className={grow ? 'field grow' : 'field'}>
      <SearchIcon />
      <input
        type="search"
        aria-label={label}
        placeholder={placeholder}
        value={words}
        onChange={(change) => onWords(change.target.value)}
        onKeyDown={onKeyDown}
      />
      {children}
    </span>
  )
}
