// SPDX-License-Identifier: Apache-2.0
import type { Status } from '../api.ts'
import type { FactsContext } from './context.ts'
import { surveyImages } from './images.ts'
import { survey } from './recipes.ts'

/** The factory in numbers. */
export async function readStatus(
  f: FactsContext,
  { version, startedAt }: Pick<Status, 'version' | 'startedAt'>,
): Promise<Status> {
  const [{ edge, stable, recipes }, images, restingOnSeed] = await Promise.all([
    survey(f),
    surveyImages(f),
    countRestingOnSeed(f),
  ])
  const states = [
    ...[...recipes.values()].map(({ state }) => state),
    ...images.map(({ summary }) => summary.state),
  ]
  const failures = [...recipes.values(), ...images]
    .flatMap(({ failure }) => failure ?? [])
    .sort((a, b) => (a.at !== b.at ? (a.at > b.at ? -1 : 1) : a.name < b.name ? -1 : 1))
  return {
    ...{ version, startedAt, arch: f.arch },
    recipes: recipes.size,
    edge: edge.status?.packages ?? 0,
    stable: stable.status?.packages ?? 0,
    images: images.filter(({ summary }) => summary.digest !== null).length,
    running: states.filter((state) => state === 'running').length,
    waiting: states.filter((state) => state === 'waiting').length,
    failed: failures.length,
    channels: [edge, stable].flatMap(({ status }) => status ?? []),
    failures,
    restingOnSeed,
  }
}

/** Each package file once, whichever channels offer it. */
async function countRestingOnSeed({ database, arch }: FactsContext): Promise<number> {
  const { count } = await database
    .selectFrom('channel_apk as member')
    .innerJoin('apk', 'apk.file', 'member.file')
    .innerJoin('plan', 'plan.key', 'apk.build_key')
    .select(({ fn }) => fn.count<number>('member.file').distinct().as('count'))
    .where('member.channel', 'in', ['edge', 'stable'])
    .where('member.arch', '=', arch)
    .where('member.withdrawn_in', 'is', null)
    .where('plan.seed_packages', '>', 0)
    .executeTakeFirstOrThrow()
  return Number(count)
}
