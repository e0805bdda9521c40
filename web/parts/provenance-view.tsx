// SPDX-License-Identifier: Apache-2.0

import { formatDuration } from '../../src/base/words.ts'
import type { StoredDocument } from '../../src/server/api.ts'
import { type ProvenanceFacts, readProvenance } from '../documents/provenance.ts'
import { formatTime } from '../format.ts'
import { DocumentView } from './document-view.tsx'
import { EnvironmentTable, Sources } from './inputs.tsx'
import { DigestText, Fact, Facts, Section } from './words.tsx'

export function ProvenanceView({ document }: { readonly document: StoredDocument | null }) {
  return (
    <DocumentView
      document={document}
      missing="There is no provenance of this"
      read={readProvenance}
      unread="This document holds no SLSA provenance that can be shown"
    >
      {(facts) => <Provenance facts={facts} />}
    </DocumentView>
  )
}

function Provenance({ facts }: { readonly facts: ProvenanceFacts }) {
  return (
    <div className="columns">
      <div>
        <Section title="Made from" id="sources" count={facts.sources.length}>
          <Sources sources={facts.sources} />
        </Section>
        <Section title="Built in" id="environment" count={facts.environment.length}>
          <EnvironmentTable packages={facts.environment} />
        </Section>
      </div>
      <aside aria-label="The build">
        <Section title="Builder" id="builder">
          <BuilderFacts facts={facts} />
        </Section>
        <Section title="Subjects" id="subjects" count={facts.subjects.length}>
          <ul className="lines">
            {facts.subjects.map(({ name, digest }) => (
              <li key={name}>
                <span className="break">{name}</span>
                <DigestText digest={digest} />
              </li>
            ))}
          </ul>
        </Section>
        <Section title="Parameters" id="parameters" count={facts.parameters.length}>
          <Facts>
            {facts.parameters.map(({ name, text }) => (
              <Fact key={name} name={name}>
                <code className="break">{text}</code>
              </Fact>
            ))}
          </Facts>
        </Section>
      </aside>
    </div>
  )
}

function BuilderFacts({ facts }: { readonly facts: ProvenanceFacts }) {
  const { builder, builderVersions, buildType, startedOn, finishedOn, invocation, signers } = facts
  const tookMs = Date.parse(finishedOn) - Date.parse(startedOn)
  return (
    <Facts>
      <Fact name="builder">
        <span className="break">{builder}</span>
        {builderVersions.map(({ name, text }) => (
          <span key={name} className="quiet">
            {name} {text}
          </span>
        ))}
      </Fact>
      <Fact name="build type">
        <span className="break">{buildType}</span>
      </Fact>
      <Fact name="signed by">
        {signers.length === 0 ? 'nobody' : signers.map((signer) => <code key={signer}>{signer}</code>)}
      </Fact>
      {startedOn !== '' && (
        <Fact name="started">
          {formatTime(startedOn)}
          {tookMs >= 0 && <span className="quiet"> took {formatDuration(tookMs)}</span>}
        </Fact>
      )}
      {invocation !== '' && (
        <Fact name="invocation">
          <code className="break">{invocation}</code>
        </Fact>
      )}
    </Facts>
  )
}
