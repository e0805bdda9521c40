// SPDX-License-Identifier: Apache-2.0
import { type Digest, digestHex } from '../base/index.ts'
import { type AttestedFile, type AttestedSource, describeSource } from './source.ts'
import type { ResourceDescriptor } from './statement.ts'

/** Who built (SLSA v1.0 provenance, "builder"). */
export interface BuilderIdentity {
  /** A URI: what is trusted when the builder is. */
  readonly id: string
  /** Versions of its parts: `{ millrace: '1' }`. */
  readonly version: Readonly<Record<string, string>>
}

/** One run of a builder (SLSA v1.0 provenance, "runDetails"). */
export interface BuildRun {
  readonly builder: BuilderIdentity
  /** Names the run among all runs of the builder. */
  readonly invocationId: string
  readonly startedOn: Date
  readonly finishedOn: Date
  /** The build's log. */
  readonly log?: Digest | undefined
}

export function runDetails(run: BuildRun): Record<string, unknown> {
  return {
    builder: { id: run.builder.id, version: { ...run.builder.version } },
    metadata: {
      invocationId: run.invocationId,
      startedOn: run.startedOn.toISOString(),
      finishedOn: run.finishedOn.toISOString(),
    },
    ...(run.log === undefined
      ? {}
      : { byproducts: [{ name: 'log', digest: { sha256: digestHex(run.log) } }] }),
  }
}

export function sourceDescriptor(source: AttestedSource): ResourceDescriptor {
  const { name, uri, purl, digest } = describeSource(source)
  return { name, uri: uri ?? purl, ...(Object.keys(digest).length === 0 ? {} : { digest }) }
}

export function fileDescriptor({ path, digest }: AttestedFile): ResourceDescriptor {
  return { name: path, digest: { sha256: digest.replace(/^sha256:/, '') } }
}

/** By name, then by the rest: the order in which a build asked for them is no part of what they are. */
export function sortedDescriptors(descriptors: readonly ResourceDescriptor[]): ResourceDescriptor[] {
  const keyed = descriptors.map((one) => [`${one.name ?? ''}\n${JSON.stringify(one)}`, one] as const)
  return [...new Map(keyed)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}
