// SPDX-License-Identifier: Apache-2.0
import { Link } from 'wouter'
import { formatBytes, formatCount } from '../../src/base/words.ts'
import type { PackageDetail, PackageVersion, Reproduction } from '../../src/server/api.ts'
import { formatTime } from '../format.ts'
import { buildPath } from '../links.ts'
import { Empty } from './answers.tsx'
import { Attempts } from './attempts.tsx'
import { ChannelChip, Mark, ReproducedBadge } from './badge.tsx'
import { Ago, DigestText, Fact, Facts, Section } from './words.tsx'

export function PackageOverview(props: {
  readonly detail: PackageDetail
  readonly version: PackageVersion | undefined
  readonly versionPath: (version: string) => string
}) {
  const { detail, version, versionPath } = props
  return (
    <div className="columns">
      <div>
        {version === undefined ? (
          <Empty title="Nothing was published yet">
            {detail.state === 'failed'
              ? 'Its newest attempt failed; the log tells why.'
              : 'Its first build has not passed yet.'}
          </Empty>
        ) : (
          <>
            <Section title="Proofs" id="proofs">
              <Proofs version={version} />
            </Section>
            <Differences reproduction={version.reproduction} />
          </>
        )}
        <Section title="Attempts" id="attempts" count={detail.attempts.length}>
          <Attempts attempts={detail.attempts} />
        </Section>
      </div>
      <aside aria-label="Facts">
        {version !== undefined && (
          <Section title="This version" id="this-version">
            <VersionFacts version={version} />
          </Section>
        )}
        {detail.versions.length > 0 && (
          <Section title="Versions" id="versions" count={detail.versions.length}>
            <Versions detail={detail} at={version?.version} versionPath={versionPath} />
          </Section>
        )}
      </aside>
    </div>
  )
}

function VersionFacts({ version }: { readonly version: PackageVersion }) {
  const { arch, sizeBytes, installedBytes, builtAt, digest, buildKey, download } = version
  return (
    <Facts>
      <Fact name="download">
        <a href={download} download>
          {download.split('/').at(-1)}
        </a>
      </Fact>
      <Fact name="size">{formatBytes(sizeBytes)}</Fact>
      <Fact name="installed">{formatBytes(installedBytes)}</Fact>
      <Fact name="arch">{arch}</Fact>
      <Fact name="built">
        <Ago at={builtAt} /> <span className="quiet">{formatTime(builtAt)}</span>
      </Fact>
      <Fact name="sha256">
        <DigestText digest={digest} label="the digest of the apk" />
      </Fact>
      <Fact name="build key">
        {buildKey === '' ? (
          'not built here'
        ) : (
          <Link href={buildPath(buildKey)}>
            <code>{buildKey.slice(7, 19)}</code>
          </Link>
        )}
      </Fact>
    </Facts>
  )
}

/** What speaks for this version, and what does not yet. */
function Proofs({ version }: { readonly version: PackageVersion }) {
  const { reproduction, seedPackages, sbom, provenance } = version
  const seed = seedPackages === 0
  return (
    <ul className="proofs">
      <li>
        <ReproducedBadge result={reproduction.result} />
        <p>
          {REPRODUCTION_WORDS[reproduction.result]}{' '}
          {reproduction.at !== null && (
            <span className="quiet">
              <Ago at={reproduction.at} />
            </span>
          )}
        </p>
      </li>
      <li>
        <span className={`badge ${seed ? 'good' : 'warn'}`}>
          <Mark tone={seed ? 'good' : 'warn'} />
          {seed ? 'no seed' : 'seed'}
        </span>
        <p>
          {seed
            ? 'Nothing from outside is left in its build closure.'
            : `Its build closure still rests on ${formatCount(seedPackages, 'package')} of the seed: binaries from outside, named with their digests in the provenance.`}
        </p>
      </li>
      <Stored there={sbom !== null} name="SBOM" words="Says what is inside, and under which licences." />
      <Stored
        there={provenance !== null}
        name="provenance"
        words="Signed: who built this, from what, in what."
      />
    </ul>
  )
}

const REPRODUCTION_WORDS = {
  same: 'A second build in varied surroundings gave the same bytes.',
  different: 'A second build in varied surroundings gave other bytes.',
  waiting: 'The second build has not been made yet.',
} as const

function Stored({
  there,
  name,
  words,
}: {
  readonly there: boolean
  readonly name: string
  readonly words: string
}) {
  return (
    <li>
      <span className={`badge ${there ? 'good' : 'idle'}`}>
        <Mark tone={there ? 'good' : 'idle'} />
        {name}
      </span>
      <p>{there ? words : 'Not there yet.'}</p>
    </li>
  )
}

function Differences({ reproduction: { result, differences } }: { readonly reproduction: Reproduction }) {
  if (result !== 'different') return null
  return (
    <Section title="Where the second build differs" id="differences" count={differences.length}>
      <div className="table-box">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">File</th>
              <th scope="col" className="right">
                First byte
              </th>
              <th scope="col">Likely cause</th>
            </tr>
          </thead>
          <tbody>
            {differences.map(({ package: of, file, offset, likelyCause }) => (
              <tr key={`${of} ${file}`}>
                <td>
                  <code className="break">{file}</code>
                  <span className="description">in {of}</span>
                </td>
                <td className="right number">
                  {offset === null ? 'only on one side' : offset.toLocaleString('en-US')}
                </td>
                <td>{likelyCause}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  )
}

function Versions(props: {
  readonly detail: PackageDetail
  readonly at: string | undefined
  readonly versionPath: (version: string) => string
}) {
  const { detail, at, versionPath } = props
  return (
    <ul className="versions">
      {detail.versions.map(({ version, channels, sizeBytes, builtAt }) => (
        <li key={version}>
          <Link href={versionPath(version)} aria-current={version === at ? 'true' : undefined}>
            {version}
          </Link>
          <span className="chips">
            {channels.map((channel) => (
              <ChannelChip key={channel} channel={channel} />
            ))}
          </span>
          <span className="number">{formatBytes(sizeBytes)}</span>
          <span className="quiet">
            <Ago at={builtAt} />
          </span>
        </li>
      ))}
    </ul>
  )
}
