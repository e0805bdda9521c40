// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from 'react'
import type { PasteLine } from '../../src/server/api.ts'
import { CheckIcon, CopyIcon } from './icons.tsx'

const SHOWN_MS = 1600

/** Copies a text and says that it did, to the eye and to the ear. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [outcome, setOutcome] = useState<'copied' | 'failed' | null>(null)
  useEffect(() => {
    if (outcome === null) return
    const timer = setTimeout(() => setOutcome(null), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [outcome])
  const copy = async () => setOutcome((await copyText(text)) ? 'copied' : 'failed')
  return (
    <button
      type="button"
      className={`copy ${outcome ?? ''}`}
      aria-label={`Copy ${label}`}
      title={`Copy ${label}`}
      onClick={() => void copy()}
    >
      {outcome === 'copied' ? <CheckIcon /> : <CopyIcon />}
      <span className="sr-only" aria-live="polite">
        {outcome === null ? '' : outcome === 'copied' ? 'Copied' : 'The browser did not let this be copied'}
      </span>
    </button>
  )
}

/** The clipboard is there only over TLS and on loopback; elsewhere a selection is copied the old way. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    area.className = 'sr-only'
    document.body.append(area)
    area.select()
    const copied = document.execCommand('copy')
    area.remove()
    return copied
  }
}

/** Lines for a shell, each with its button. */
export function PasteLines({ lines }: { readonly lines: readonly PasteLine[] }) {
  return (
    <ul className="paste">
      {lines.map(({ label, command }) => (
        <li key={`${label} ${command}`}>
          <span className="paste-label">{label}</span>
          <span className="paste-line">
            <code>{command}</code>
            <CopyButton text={command} label={`the ${label} line`} />
          </span>
        </li>
      ))}
    </ul>
  )
}
