// SPDX-License-Identifier: Apache-2.0
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fetchGitSources, gitServices } from '../../test/support/git-sources.ts'
import { openGitUpstream } from '../../test/support/git-upstream.ts'
import { expand, main, onMachine } from '../../test/support/run-pipeline.ts'
import { digestHex, digestOf, makeTempDirectory } from '../base/index.ts'
import { planBuild } from '../plan/index.ts'
import { blobsOfPlan } from './garbage.ts'

const missing = onMachine('git')

it('what a plan is built of stays: files, fetched sources, and repositories as they are stored for their commit', async ({
  skip,
}) => {
  skip(missing !== undefined, missing)
  await using temp = await makeTempDirectory(tmpdir(), 'millrace-garbage')
  const upstream = openGitUpstream(join(temp.path, 'upstream'))
  await upstream.sh('hello', 'echo 1 > a; git add a; git commit -qm one; git tag v1')
  const file = digestOf('a patch')
  const fetched = digestOf('a tarball')
  const git = main('git-checkout', {
    ...{ repository: `file://${upstream.root}/hello`, tag: 'v1', reason: 'so that there is one' },
    'expected-commit': await upstream.commit('hello', 'v1'),
  })
  const fetch = main('fetch', { uri: 'https://example.org/x.tar.gz', 'expected-sha256': digestHex(fetched) })
  const recipe = expand(git + fetch.replace('pipeline:\n', ''))
  const facts = { namespace: 'tiny', sourceDateEpoch: 1, documentationReaders: {} }
  const plan = planBuild(recipe, facts, [], [{ path: 'a.patch', digest: file, executable: false }])
  const f = await gitServices(temp.path)
  expect(await blobsOfPlan(f, plan)).toEqual([file, fetched])
  const [repository] = (await fetchGitSources(f, recipe.sources)).values()
  expect(await blobsOfPlan(f, plan)).toEqual([file, repository, fetched])
})
