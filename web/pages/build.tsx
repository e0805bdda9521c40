// SPDX-License-Identifier: Apache-2.0
import { useQuery } from '@tanstack/react-query'
import { Link, useSearchParams } from 'wouter'
import type { BuildDetail } from '../../src/server/api.ts'
import { logPath, queries } from '../api.ts'
import { imagePath, packagePath } from '../links.ts'
import { LogViewer } from '../log/log-viewer.tsx'
import { Answer, Empty } from '../parts/answers.tsx'
import { Attempts } from '../parts/attempts.tsx'
import { Explanation } from '../parts/explanation.tsx'
import { EnvironmentTable, Sources } from '../parts/inputs.tsx'
import { RunningCard } from '../parts/running.tsx'
import { useLive, useNow } from '../parts/use-live.ts'
import { Ago, DigestText, Section, useTitle } from '../parts/words.tsx'

export function BuildPage({ buildKey }: { readonly buildKey: string }) {
  const query = useQuery(queries.build(buildKey))
  useTitle(query.data === undefined ? 'Build' : `Build of ${query.data.recipe} ${query.data.version}`)
  return <Answer query={query}>{(build) => <BuildView build={build} />}</Answer>
}

function BuildView({ build }: { readonly build: BuildDetail }) {
  const [query] = useSearchParams()
  const asked = Number(query.get('attempt'))
  const attempt = build.attempts.find(({ id }) => id === asked) ?? build.attempts[0]
  return (
    <>
      <BuildHead build={build} />
      <RunsNow build={build} />
      <div className="columns log-columns">
        <div>
          {attempt?.explanation != null && (
            <Section title="Why it failed" id="why">
              <Explanation why={attempt.why} explanation={attempt.explanation} />
            </Section>
          )}
          <Section title={attempt === undefined ? 'Log' : `Log of the ${attempt.purpose}`} id="log">
            {attempt === undefined ? (
              <Empty title="Nothing was tried yet">The log comes with the first attempt.</Empty>
            ) : (
              <LogViewer path={logPath(build.key, attempt.id)} why={attempt.why} />
            )}
          </Section>
        </div>
        <aside aria-label="Attempts and plan">
          <Section title="Attempts" id="attempts" count={build.attempts.length}>
            <Attempts attempts={build.attempts} current={attempt?.id ?? null} />
          </Section>
          <Section title="Sources" id="sources" count={build.sources.length}>
            <Sources sources={build.sources} />
          </Section>
          <Section title="Environment" id="environment" count={build.environment.length}>
            <EnvironmentTable packages={build.environment} />
          </Section>
        </aside>
      </div>
    </>
  )
}

function BuildHead({ build }: { readonly build: BuildDetail }) {
  const { recipe, version, arch, key, plannedAt, packages, attempts } = build
  const ofImage = attempts.some(({ purpose }) => purpose === 'image')
  return (
    <header className="head">
      <p className="crumbs">
        {ofImage ? <Link href="/images">Images</Link> : <Link href="/packages">Packages</Link>} /{' '}
        <Link href={ofImage ? imagePath(recipe) : packagePath(recipe)}>{recipe}</Link> / build
      </p>
      <div className="head-title">
        <h1>{recipe}</h1>
        <span className="version">{version}</span>
      </div>
      <ul className="head-facts">
        <li>{arch}</li>
        <li>
          key <DigestText digest={key} digits={16} label="the build key" />
        </li>
        <li>
          planned <Ago at={plannedAt} />
        </li>
        {packages.length > 0 && (
          <li>
            makes{' '}
            {packages.map((name) => (
              <Link key={name} href={packagePath(name)}>
                {name}
              </Link>
            ))}
          </li>
        )}
      </ul>
    </header>
  )
}

/** What of this build runs at the moment, with its newest lines: its log is stored once it has ended. */
function RunsNow({ build }: { readonly build: BuildDetail }) {
  const { progress } = useLive()
  const nowMs = useNow()
  const tasks = progress.running.filter(({ planKey }) => planKey === build.key)
  if (tasks.length === 0) return null
  return (
    <Section title="Running now" id="running">
      <ul className="tasks">
        {tasks.map((task) => (
          <RunningCard key={task.task} task={task} nowMs={nowMs} />
        ))}
      </ul>
    </Section>
  )
}
