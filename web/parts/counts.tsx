// SPDX-License-Identifier: Apache-2.0
import { Link } from 'wouter'
import type { Status } from '../../src/server/api.ts'

/** The factory in six numbers, each a way to what it counts. */
export function Counts({ status }: { readonly status: Status }) {
  const { recipes, edge, stable, images, failed, restingOnSeed } = status
  return (
    <nav className="counts" aria-label="In numbers">
      <Count value={recipes} name="recipes" to="/graph" />
      <Count value={edge} name="packages in edge" to="/packages" />
      <Count value={stable} name="in stable" to="/packages?reproduced=same" />
      <Count value={images} name="images" to="/images" />
      <Count value={failed} name="failed" to="/packages?state=failed" tone={failed > 0 ? 'bad' : ''} />
      <Count value={restingOnSeed} name="resting on the seed" to={null} />
    </nav>
  )
}

interface CountProps {
  readonly value: number
  readonly name: string
  /** Null where there is no list of them. */
  readonly to: string | null
  readonly tone?: string
}

function Count({ value, name, to, tone = '' }: CountProps) {
  const words = (
    <>
      <strong>{value.toLocaleString('en-US')}</strong> {name}
    </>
  )
  if (to === null) return <span>{words}</span>
  return (
    <Link href={to} className={tone}>
      {words}
    </Link>
  )
}
