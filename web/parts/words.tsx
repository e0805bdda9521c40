// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from 'react'
import { useEffect } from 'react'
import { Link } from 'wouter'
import { formatAgo, formatTime, shortDigest } from '../format.ts'
import { safeUrl } from '../links.ts'
import { CopyButton } from './copy.tsx'
import { OutIcon } from './icons.tsx'
import { useNow } from './use-live.ts'

/** Names the page in the tab and in the history. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === '' ? 'Millrace' : `${title} · Millrace`
  }, [title])
}

/** How long ago; the exact time on hover. */
export function Ago({ at }: { readonly at: string | number }) {
  const nowMs = useNow(20_000)
  const atMs = typeof at === 'number' ? at : Date.parse(at)
  if (Number.isNaN(atMs)) return at
  return (
    <time dateTime={new Date(atMs).toISOString()} title={formatTime(at)}>
      {formatAgo(atMs, nowMs)}
    </time>
  )
}

/** The start of a digest, all of it on hover and for the clipboard. */
export function DigestText({ digest, digits = 12, label = 'the digest' }: DigestTextProps) {
  return (
    <span className="digest">
      <code title={digest}>{shortDigest(digest, digits)}</code>
      <CopyButton text={digest} label={label} />
    </span>
  )
}

interface DigestTextProps {
  readonly digest: string
  readonly digits?: number
  readonly label?: string
}

/** A link to outside, when the address is one that a browser may open; else the text alone. */
export function OutLink({ url, children }: { readonly url: string; readonly children?: ReactNode }) {
  const safe = safeUrl(url)
  if (safe === null) return <span className="break">{children ?? url}</span>
  return (
    <a className="out break" href={safe} rel="noreferrer noopener">
      {children ?? url}
      <OutIcon />
    </a>
  )
}

export function Section(props: {
  readonly title: string
  readonly id: string
  readonly count?: number
  readonly aside?: ReactNode
  readonly children: ReactNode
}) {
  const { title, id, count, aside, children } = props
  return (
    <section className="section" aria-labelledby={id}>
      <header>
        <h2 id={id}>
          {title}
          {count !== undefined && <span className="count">{count.toLocaleString('en-US')}</span>}
        </h2>
        {aside}
      </header>
      {children}
    </section>
  )
}

export interface Tab {
  readonly id: string
  readonly label: string
  readonly count?: number
}

/** Parts of a page as links, so that each can be sent to somebody. The first is the page's own address. */
export function Tabs({
  tabs,
  at,
  path,
}: {
  readonly tabs: readonly Tab[]
  readonly at: string
  readonly path: (id: string) => string
}) {
  return (
    <nav className="tabs" aria-label="Parts of this page">
      {tabs.map(({ id, label, count }) => (
        <Link key={id} href={path(id)} aria-current={id === at ? 'page' : undefined}>
          {label}
          {count !== undefined && <span className="count">{count}</span>}
        </Link>
      ))}
    </nav>
  )
}

export function Facts({ children }: { readonly children: ReactNode }) {
  return <dl className="facts">{children}</dl>
}

export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
