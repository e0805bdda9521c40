// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { Dependency, Dependent, PackageVersion } from '../../src/server/api.ts'
import { packagePath } from '../links.ts'
import { Empty } from './answers.tsx'
import { Section } from './words.tsx'

export function Dependencies(props: {
  readonly version: PackageVersion | undefined
  readonly dependents: readonly Dependent[]
}) {
  const { version, dependents } = props
  const needs = version?.dependencies ?? []
  const provides = version?.provides ?? []
  const runtime = dependents.filter(({ kind }) => kind === 'runtime')
  const build = dependents.filter(({ kind }) => kind === 'build')
  return (
    <div className="three">
      <Section title="Needs" id="needs" count={needs.length}>
        <Lines items={needs} none="It needs no other package.">
          {(need) => <Need key={need.text} need={need} />}
        </Lines>
      </Section>
      <Section title="Provides" id="provides" count={provides.length}>
        <Lines items={provides} none="Nothing but itself.">
          {(text) => (
            <li key={text}>
              <code className="break">{text}</code>
            </li>
          )}
        </Lines>
      </Section>
      <div>
        <Section title="Needed at run time by" id="needed" count={runtime.length}>
          <Lines items={runtime} none="No package needs it to run.">
            {(one) => <NeededBy key={`${one.name} ${one.wants}`} one={one} />}
          </Lines>
        </Section>
        <Section title="Needed to build" id="needed-to-build" count={build.length}>
          <Lines items={build} none="No recipe needs it to build.">
            {(one) => <NeededBy key={`${one.name} ${one.wants}`} one={one} />}
          </Lines>
        </Section>
      </div>
    </div>
  )
}

function Lines<T>(props: {
  readonly items: readonly T[]
  readonly none: string
  readonly children: (item: T) => ReactNode
}) {
  if (props.items.length === 0) return <Empty title={props.none} />
  return <ul className="lines">{props.items.map(props.children)}</ul>
}

function Need({ need: { text, provider } }: { readonly need: Dependency }) {
  return (
    <li>
      <code className="break">{text}</code>
      {provider === null ? (
        <span className="quiet">{text.startsWith('!') ? 'conflict' : 'nothing provides it'}</span>
      ) : (
        <Link href={packagePath(provider)}>{provider}</Link>
      )}
    </li>
  )
}

function NeededBy({ one: { name, wants } }: { readonly one: Dependent }) {
  return (
    <li>
      <Link href={packagePath(name)}>{name}</Link>
      <code className="quiet break">{wants}</code>
    </li>
  )
}
