// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '../../base/index.ts'
import { compareApkVersions } from '../../versions/index.ts'
import type { ChannelName, PackageVersion } from '../api.ts'
import { NO_REPRODUCTION, readReproductions } from './attempts.ts'
import type { OfferedPackage } from './channel-view.ts'
import type { FactsContext } from './context.ts'
import { documentsOf } from './documents.ts'
import type { Survey } from './recipes.ts'

const MAX_VERSIONS = 100

/** Every build of a package that a channel ever offered, newest version first. */
export async function readVersions(f: FactsContext, seen: Survey, name: string): Promise<PackageVersion[]> {
  const builds = (await readBuilds(f, name)).slice(0, MAX_VERSIONS)
  const keys = [...new Set(builds.flatMap(({ buildKey }) => buildKey ?? []))]
  const [documents, reproductions, seedPackages] = await Promise.all([
    documentsOf(
      f.database,
      builds.map(({ file }) => file),
    ),
    readReproductions(f.database, keys),
    readSeedPackages(f, keys),
  ])
  return builds.map(({ file, record, buildKey, storedAt, offers }) => {
    const channels = (['edge', 'stable'] as const).filter((channel) => seen[channel].offered.has(file))
    const { version, arch, sizeBytes, installedSizeBytes, depends, provides } = record
    return {
      ...{ version, arch, channels, digest: file, sizeBytes, provides },
      installedBytes: installedSizeBytes,
      builtAt: storedAt.toISOString(),
      download: `/apk/${placeOf(channels, offers)}/${arch}/${name}-${version}.apk`,
      buildKey: buildKey ?? '',
      dependencies: depends.map((text) => ({
        text,
        provider: seen.edge.providers.providerOf(text)?.name ?? null,
      })),
      sbom: documents.get(file)?.sbom ?? null,
      provenance: documents.get(file)?.provenance ?? null,
      reproduction: (buildKey === null ? undefined : reproductions.get(buildKey)) ?? NO_REPRODUCTION,
      seedPackages: (buildKey === null ? undefined : seedPackages.get(buildKey)) ?? 0,
    }
  })
}

interface Offer {
  readonly channel: ChannelName
  /** When the channel took it in. */
  readonly at: Date
}

interface Build extends OfferedPackage {
  /** Newest first. */
  readonly offers: readonly Offer[]
}

async function readBuilds({ database, arch }: FactsContext, name: string): Promise<Build[]> {
  const rows = await database
    .selectFrom('channel_apk as member')
    .innerJoin('apk', 'apk.file', 'member.file')
    .innerJoin('channel_index as index', (join) =>
      join
        .onRef('index.channel', '=', 'member.channel')
        .onRef('index.arch', '=', 'member.arch')
        .onRef('index.generation', '=', 'member.admitted_in'),
    )
    .select(['apk.file', 'apk.record', 'apk.build_key as buildKey', 'apk.stored_at as storedAt'])
    .select(['member.channel', 'index.published_at as at'])
    .where('member.channel', 'in', ['edge', 'stable'])
    .where('member.arch', '=', arch)
    .where('member.name', '=', name)
    .orderBy('index.published_at', 'desc')
    .orderBy('member.channel')
    .execute()
  const builds = new Map<Digest, Build>()
  for (const { channel, at, ...one } of rows) {
    const offers = [...(builds.get(one.file)?.offers ?? []), { channel: channel as ChannelName, at }]
    builds.set(one.file, { ...one, offers })
  }
  return [...builds.values()].sort(newestFirst)
}

function newestFirst(a: Build, b: Build): number {
  const byVersion = compareApkVersions(b.record.version, a.record.version)
  return byVersion || b.storedAt.getTime() - a.storedAt.getTime() || (a.file < b.file ? -1 : 1)
}

/** Where its bytes are served: what no channel offers now is still there at the time at which one did. */
function placeOf([channel]: readonly ChannelName[], [newest]: readonly Offer[]): string {
  if (channel !== undefined || newest === undefined) return channel ?? 'edge'
  return `${newest.channel}@${newest.at.toISOString()}`
}

async function readSeedPackages(
  { database }: FactsContext,
  keys: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (keys.length === 0) return new Map()
  const rows = await database
    .selectFrom('plan')
    .select(['key', 'seed_packages'])
    .where('key', '=', ({ fn, val }) => fn('any', [val(keys)]))
    .execute()
  return new Map(rows.map(({ key, seed_packages }) => [key, seed_packages]))
}
