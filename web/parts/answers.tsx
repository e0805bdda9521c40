// SPDX-License-Identifier: Apache-2.0
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { ApiError } from '../api.ts'

/** What a query answered, or why there is nothing to show yet. An answer that is there stays, even when asking anew fails. */
export function Answer<T>(props: {
  readonly query: UseQueryResult<T>
  readonly children: (data: T) => ReactNode
  readonly lines?: number
}) {
  const { query, children, lines = 6 } = props
  if (query.data !== undefined) return children(query.data)
  if (query.isError) return <Failed error={query.error} again={() => void query.refetch()} />
  return <Loading lines={lines} />
}

export function Loading({ lines }: { readonly lines: number }) {
  return (
    <div className="loading" role="status">
      <span className="sr-only">Loading</span>
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars are all alike
        <span key={index} className="loading-line" />
      ))}
    </div>
  )
}

/** An error in the server's words. That there is nothing of a name is no fault: it gets a quieter face. */
export function Failed({ error, again }: { readonly error: Error; readonly again?: () => void }) {
  const shown = error instanceof ApiError ? error : null
  const missing = shown?.status === 404
  return (
    <section className={`answer ${missing ? 'missing' : 'failed'}`} role={missing ? undefined : 'alert'}>
      <h1>{missing ? 'Nothing of that name' : 'That did not work'}</h1>
      <p className="answer-what">{shown === null ? 'Drawing this page failed.' : sentence(shown.what)}</p>
      <dl>
        <dt>why</dt>
        <dd>{shown?.why ?? error.message}</dd>
        <dt>next</dt>
        <dd>
          {shown === null ? 'load the page again' : <Fix text={shown.fix} near={missing ? shown.what : ''} />}
        </dd>
      </dl>
      <p className="answer-ways">
        {again !== undefined && !missing && (
          <button type="button" className="button" onClick={again}>
            Try again
          </button>
        )}
        <Link href="/packages">All packages</Link>
        <Link href="/images">All images</Link>
        <Link href="/">What runs now</Link>
      </p>
    </section>
  )
}

/** The name that the server believes was meant is a link to it. */
function Fix({ text, near }: { readonly text: string; readonly near: string }) {
  const name = /^did you mean (.+)\?$/.exec(text)?.[1]
  const kind = /^looking for the (package|image) /.exec(near)?.[1]
  if (name === undefined || kind === undefined) return text
  return (
    <>
      did you mean <Link href={`/${kind}s/${name}`}>{name}</Link>?
    </>
  )
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children !== undefined && <p>{children}</p>}
    </div>
  )
}
