// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from 'react'
import { formatBytes, formatDuration } from '../../src/base/words.ts'
import type { ImageAnswer, ImageFacts, ImageTest } from '../../src/server/api.ts'
import { LayerBar } from '../chart/layer-bar.tsx'
import { Empty } from './answers.tsx'
import { Attempts } from './attempts.tsx'
import { VerdictBadge } from './badge.tsx'
import { PasteLines } from './copy.tsx'
import { Ago, DigestText, Fact, Facts, Section } from './words.tsx'

export function ImageOverview({ image }: { readonly image: ImageAnswer }) {
  const { filling, sizeBytes, pull, config, test, attempts, history } = image
  return (
    <div className="columns">
      <div>
        <Section
          title="Layers"
          id="layers"
          count={filling.length}
          aside={<span className="quiet">{formatBytes(sizeBytes)} to pull</span>}
        >
          {filling.length === 0 ? <Empty title="It was not built yet" /> : <LayerBar layers={filling} />}
        </Section>
        <Section title="Tests" id="tests" {...(test === null ? {} : { count: test.cases.length })}>
          <Tests test={test} />
        </Section>
        <Section title="Attempts" id="attempts" count={attempts.length}>
          <Attempts attempts={attempts} />
        </Section>
      </div>
      <aside aria-label="Facts">
        {pull.length > 0 && (
          <Section title="Pull" id="pull">
            <PasteLines lines={pull} />
          </Section>
        )}
        <Section title="Configuration" id="configuration">
          {config === null ? <Empty title="Known once it is built" /> : <Configuration config={config} />}
        </Section>
        {history.length > 0 && (
          <Section title="Earlier builds" id="history" count={history.length}>
            <ul className="lines">
              {history.map(({ tags, digest, builtAt }) => (
                <li key={digest}>
                  <span>{tags.join(', ')}</span>
                  <DigestText digest={digest} digits={8} />
                  <span className="quiet">
                    <Ago at={builtAt} />
                  </span>
                </li>
              ))}
            </ul>
          </Section>
        )}
      </aside>
    </div>
  )
}

function Configuration({ config }: { readonly config: ImageFacts }) {
  const { entrypoint, command, user, workingDirectory, environment, shell } = config
  return (
    <Facts>
      <Fact name="entrypoint">
        <Words words={entrypoint} />
      </Fact>
      <Fact name="command">
        <Words words={command} />
      </Fact>
      <Fact name="user">
        <code>{user || 'root'}</code>
      </Fact>
      <Fact name="directory">
        <code>{workingDirectory || '/'}</code>
      </Fact>
      <Fact name="shell">{shell ? 'there is one' : 'none inside'}</Fact>
      {environment.length > 0 && (
        <Fact name="environment">
          {environment.map((line) => (
            <code key={line} className="break block">
              {line}
            </code>
          ))}
        </Fact>
      )}
    </Facts>
  )
}

function Words({ words }: { readonly words: readonly string[] }): ReactNode {
  if (words.length === 0) return <span className="quiet">none</span>
  return (
    <code className="break">
      {words.map((word) => (/[\s"]/.test(word) ? JSON.stringify(word) : word)).join(' ')}
    </code>
  )
}

function Tests({ test }: { readonly test: ImageTest | null }) {
  if (test === null) return <Empty title="It was not tested yet" />
  return (
    <>
      <p className="quiet">
        run with {test.runtime}, <Ago at={test.at} />
      </p>
      <ul className="cases">
        {test.cases.map(({ name, outcome, durationMs, output }) => (
          <li key={name}>
            <details open={outcome === 'failed'}>
              <summary>
                <VerdictBadge verdict={outcome} />
                <span>{name}</span>
                <span className="number">{formatDuration(durationMs)}</span>
              </summary>
              <pre className={outcome === 'failed' ? 'why' : 'tail'}>{output || 'no output'}</pre>
            </details>
          </li>
        ))}
      </ul>
    </>
  )
}
