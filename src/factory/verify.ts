// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { openApk, readApkIndex } from '../apk/index.ts'
import { verifyBundle } from '../attest/index.ts'
import {
  type Digest,
  digestFromHex,
  digestHex,
  digestOf,
  MillraceError,
  nearestName,
  redactUrl,
} from '../base/index.ts'
import { loadKeyring } from '../keys/index.ts'
import type { BuildPlan } from '../plan/index.ts'
import { type OfferedApk, readChannel } from '../repository/index.ts'
import { findStoredGitSource } from '../source/index.ts'
import type { Facts } from './services.ts'

/** One thing that was verified, in words. */
export interface Verified {
  readonly claim: string
  readonly by: string
}

/**
 * Verifies a package that a channel offers, from the signed index down to the bytes of its sources; nothing is taken from the network.
 *
 * @param onVerified called for each claim as soon as it holds.
 * @throws MillraceError NOT_FOUND, SIGNATURE_INVALID, ATTESTATION_INVALID, APK_INVALID, BLOB_CORRUPT, BLOB_MISSING for the first claim that does not hold
 */
export async function verifyPackage(
  f: Facts,
  name: string,
  channel: 'edge' | 'stable',
  onVerified: (verified: Verified) => void,
): Promise<void> {
  const { arch, dataDirectory } = f.settings
  const keys = await loadKeyring(join(dataDirectory, 'keys'))
  const what = `verifying ${name} of ${channel}`
  const { index, apks } = await readChannel(f.database, channel, arch)
  const apk = apks.findLast(({ record }) => record.name === name)
  if (index === undefined || apk === undefined) throw notOffered(what, name, apks)
  const stem = `${apk.record.name}-${apk.record.version}`

  const indexBytes = await bytesOf(f, index.digest)
  const records = await readApkIndex(indexBytes, `the index of ${channel}`, keys.apk)
  const entry = records.find((record) => record.name === name && record.version === apk.record.version)
  if (entry?.identity !== apk.record.identity)
    throw invalid(what, `the signed index does not list ${stem} as it is stored`)
  onVerified({ claim: `the index of ${channel} lists ${stem}`, by: index.signedBy })

  const opened = await openApk(f.store.read(apk.file), stem, keys.apk)
  if (opened.identity !== entry.identity)
    throw invalid(what, 'the package is not the one that the index names')
  for await (const { body } of opened.data) for await (const _ of body);
  onVerified({ claim: `${stem}.apk is signed, and its data is ${apk.datahash}`, by: opened.signedBy ?? '' })

  const documents = await f.ledger.documents(apk.file)
  const provenance = documents.find(({ kind }) => kind === 'provenance')
  if (provenance === undefined) throw invalid(what, 'it has no provenance')
  const bundle = verifyBundle(await textOf(f, provenance.digest), keys.attestation)
  const subjects = bundle.statement.subject.map(({ digest }) => digest['sha256'])
  if (!subjects.includes(digestHex(apk.file))) throw invalid(what, 'its provenance is about other bytes')
  onVerified({ claim: 'its provenance is signed and names these bytes', by: bundle.signedBy })

  const plan = await planOf(f, apk, what)
  onVerified({ claim: `it was built from plan ${apk.buildKey}`, by: 'the digest of the plan' })
  for (const { kind, uri, sha256, inputs } of plan.sources) {
    if (kind === 'git') onVerified(await verifyGitSource(f, what, uri, inputs))
    if (sha256 === '') continue
    for await (const _ of f.store.read(digestFromHex(sha256)));
    onVerified({ claim: `its source ${uri} is here, byte for byte`, by: `sha256:${sha256}` })
  }
  const seed = plan.environment.filter(({ from }) => from === 'seed').length
  onVerified({
    claim: `${plan.environment.length} packages were its environment, ${seed} of them from the seed`,
    by: 'the plan',
  })
}

/** A repository in the store is one that was found to be the commit when it was fetched. */
async function verifyGitSource(
  f: Facts,
  what: string,
  repository: string,
  inputs: Readonly<Record<string, string>>,
): Promise<Verified> {
  const place = { store: f.store, dataDirectory: f.settings.dataDirectory }
  const stored = await findStoredGitSource(place, { repository, inputs, name: repository })
  if (stored === undefined)
    throw new MillraceError('BLOB_MISSING', {
      what,
      why: `its source ${redactUrl(repository)} is not here any more`,
      fix: 'build it again: what is missing is fetched then',
    })
  for await (const _ of f.store.read(stored.digest));
  const commit = inputs['expected-commit'] ?? ''
  return { claim: `its source ${redactUrl(repository)} is here, as commit ${commit}`, by: stored.digest }
}

/** The plan whose digest the package names. */
async function planOf(f: Facts, { buildKey }: OfferedApk, what: string): Promise<BuildPlan> {
  const [entry] = buildKey === null ? [] : await f.ledger.findPlans(buildKey)
  if (entry === undefined) throw invalid(what, 'the plan it was built from is not known')
  const text = await textOf(f, entry.digest)
  if (digestOf(text) !== buildKey) throw invalid(what, 'the plan is not the one its build key names')
  return JSON.parse(text) as BuildPlan
}

async function bytesOf(f: Facts, digest: Digest): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of f.store.read(digest)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function textOf(f: Facts, digest: Digest): Promise<string> {
  return (await bytesOf(f, digest)).toString('utf8')
}

function invalid(what: string, why: string): MillraceError {
  return new MillraceError('SIGNATURE_INVALID', {
    what,
    why,
    fix: 'do not use the package; build it again with millrace publish',
  })
}

function notOffered(what: string, name: string, apks: readonly OfferedApk[]): MillraceError {
  const near = nearestName(
    name,
    apks.map(({ record }) => record.name),
  )
  return new MillraceError('NOT_FOUND', {
    what,
    why: `the channel does not offer it${near === undefined ? '' : `; the nearest name is ${near}`}`,
    fix: near === undefined ? 'millrace status shows what each channel offers' : `millrace verify ${near}`,
  })
}
