// SPDX-License-Identifier: Apache-2.0
import { Link } from 'wouter'
import { useTitle } from '../parts/words.tsx'

export function NotFoundPage() {
  useTitle('Not found')
  return (
    <section className="answer missing">
      <h1>Nothing here</h1>
      <p className="answer-what">This address is no page of the factory.</p>
      <p className="answer-ways">
        <Link href="/">What runs now</Link>
        <Link href="/packages">All packages</Link>
        <Link href="/images">All images</Link>
        <Link href="/graph">The graph</Link>
      </p>
    </section>
  )
}
