// SPDX-License-Identifier: Apache-2.0
import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { queries } from '../api.ts'
import { imagePath, packagePath } from '../links.ts'
import { findNames } from './find-names.ts'
import { SearchIcon } from './icons.tsx'

const MAX_FOUND = 8

/** Goes to a package or image by a few letters of its name, from anywhere: `/` begins, arrows choose, Enter goes. A combobox as ARIA 1.2 has it. */
export function QuickSearch() {
  const [words, setWords] = useState('')
  const [at, setAt] = useState(0)
  const [open, setOpen] = useState(false)
  const [, navigate] = useLocation()
  const input = useRef<HTMLInputElement>(null)
  const listId = useId()
  useSlash(input)
  const found = useFound(words, open)
  const shown = open && words.trim() !== ''

  const go = (path: string | undefined) => {
    if (path === undefined) return
    navigate(path)
    setWords('')
    setOpen(false)
    input.current?.blur()
  }
  const onKeyDown = (key: KeyboardEvent) => {
    if (key.key === 'ArrowDown' || key.key === 'ArrowUp') {
      key.preventDefault()
      const step = key.key === 'ArrowDown' ? 1 : -1
      setAt((before) => (before + step + found.length) % Math.max(1, found.length))
    }
    if (key.key === 'Enter') go(found[at]?.path)
    if (key.key === 'Escape') {
      setWords('')
      input.current?.blur()
    }
  }
  return (
    <search className="quick">
      <span className="field">
        <SearchIcon />
        <input
          ref={input}
          type="text"
          role="combobox"
          aria-expanded={shown}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={shown && found.length > 0 ? `${listId}-${at}` : undefined}
          aria-label="Go to a package or image"
          placeholder="Go to …"
          autoComplete="off"
          spellCheck={false}
          value={words}
          onChange={(change) => {
            setWords(change.target.value)
            setAt(0)
            setOpen(true)
          }}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onKeyDown={onKeyDown}
        />
        <kbd>/</kbd>
      </span>
      {shown && (
        <div className="quick-list" id={listId} role="listbox" aria-label="Found">
          {found.length === 0 && <p className="quick-none">Nothing of that name</p>}
          {found.map(({ path, name, kind, note }, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard chooses from the field above
            <div
              key={path}
              id={`${listId}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === at}
              onMouseDown={(press) => press.preventDefault()}
              onClick={() => go(path)}
            >
              <strong>{name}</strong>
              <span>{note}</span>
              <em>{kind}</em>
            </div>
          ))}
        </div>
      )}
    </search>
  )
}

function useFound(words: string, open: boolean) {
  const packages = useQuery({ ...queries.packages(), enabled: open })
  const images = useQuery({ ...queries.images(), enabled: open })
  const all = [
    ...(images.data ?? []).map(({ name, description, tags }) => ({
      name,
      description,
      kind: 'image',
      path: imagePath(name),
      note: tags.find((tag) => tag !== 'latest') ?? tags[0] ?? '',
    })),
    ...(packages.data ?? []).map(({ name, description, version }) => ({
      name,
      description,
      kind: 'package',
      path: packagePath(name),
      note: version,
    })),
  ]
  return findNames(all, words, MAX_FOUND)
}

/** `/` goes to the field, except where somebody writes. */
function useSlash(input: { readonly current: HTMLInputElement | null }): void {
  useEffect(() => {
    const onKey = (key: globalThis.KeyboardEvent) => {
      const writes = key.target instanceof HTMLElement && key.target.matches('input, textarea, select')
      if (key.key !== '/' || writes || key.ctrlKey || key.metaKey || key.altKey) return
      key.preventDefault()
      input.current?.focus()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [input])
}
