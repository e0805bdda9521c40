// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isSystemError } from '../../base/index.ts'
import type { CherryPick } from './cherry-picks.ts'
import {
  fetchCommand,
  formatGitConfig,
  type GitSetting,
  initCommand,
  refsCommand,
  repackCommand,
  resolveCommand,
} from './commands.ts'
import { type GitServices, type GitWork, homeOf, runGit } from './git-services.ts'
import { troubleOf } from './git-trouble.ts'
import { gitFailed, hostileRepository, type ObtainedRepository } from './obtain.ts'

/** What a build is to find in its repository. */
export interface AssembledShape {
  /** The name that the commit has in it: `refs/tags/…` or `refs/heads/…`; null: only HEAD. */
  readonly ref: string | null
  readonly depth: number | null
  readonly picks: readonly CherryPick[]
}

const HEAD_REF = 'refs/millrace/head'

/**
 * Makes a bare repository of exactly what a build is to find: the commit with as much history as was asked for, its tag or branch, the tags of its history, and the commits to be cherry-picked. Its bytes
 * follow from these and from the version of git: names, order and times of what upstream sent leave no trace. Everything is checked on its way (git-fsck(1)), whatever way it came by.
 *
 * @param directory does not exist yet. It holds `HEAD`, `config`, `packed-refs`, `shallow` when history is cut, and one pack.
 * @throws MillraceError GIT_HOSTILE, TOOL_FAILED, CANCELLED
 */
export async function assembleRepository(
  f: GitServices,
  work: GitWork,
  obtained: ObtainedRepository,
  shape: AssembledShape,
  directory: string,
): Promise<GitSetting> {
  const setting = await localSetting(f, work, obtained.repository)
  const run = async (command: Parameters<typeof runGit>[2]) => {
    const exited = await runGit(f, work, command)
    if (exited.code === 0) return exited
    const { kind, words } = troubleOf(exited)
    throw kind === 'hostile' ? hostileRepository(work, obtained.from, words) : gitFailed(work, exited)
  }
  await run(initCommand(setting, directory))
  const { commit } = obtained
  const { ref, depth, picks } = shape
  const head = ref?.startsWith('refs/tags/') ? `+${ref}:${ref}` : `+${commit}:${ref ?? HEAD_REF}`
  const wanted = picks.map((pick) => `+${pick.commit}:refs/picks/${pick.commit}`)
  const withTags = depth === null || depth > 1
  if (depth === null)
    await run(fetchCommand(setting, directory, { refspecs: [head, ...wanted], depth, withTags }))
  else {
    await run(fetchCommand(setting, directory, { refspecs: [head], depth, withTags }))
    // A commit is applied as its difference to the one before it.
    if (wanted.length > 0)
      await run(
        fetchCommand(setting, directory, { refspecs: wanted, depth: Math.max(2, depth), withTags: false }),
      )
  }
  await run(resolveCommand(setting, directory, `${commit}^{tree}`))
  await run(repackCommand(setting, directory, depth !== 1 || wanted.length > 0))
  const { stdout } = await run(refsCommand(setting, directory))
  await tidy(directory, commit, ref, stdout)
  return setting
}

/** Leaves what a build needs, written by us. */
async function tidy(directory: string, commit: string, ref: string | null, refs: string): Promise<void> {
  const shallow = await readIfThere(join(directory, 'shallow'))
  for (const name of await readdir(directory))
    if (name !== 'objects') await rm(join(directory, name), { recursive: true, force: true })
  await rm(join(directory, 'objects', 'info'), { recursive: true, force: true })
  const isBranch = ref?.startsWith('refs/heads/') === true
  await writeFile(join(directory, 'HEAD'), isBranch ? `ref: ${ref}\n` : `${commit}\n`)
  await writeFile(
    join(directory, 'config'),
    '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n',
  )
  await writeFile(join(directory, 'packed-refs'), packedRefs(refs))
  if (shallow !== null)
    await writeFile(join(directory, 'shallow'), `${shallow.trim().split('\n').sort().join('\n')}\n`)
  // A directory without refs/ is no repository to git.
  await mkdir(join(directory, 'refs'))
}

/** gitrepository-layout(5), packed-refs; what annotated tags point at stands below them. */
function packedRefs(refs: string): string {
  const lines = ['# pack-refs with: peeled fully-peeled sorted ']
  for (const [, object = '', name = '', peeled = ''] of refs.matchAll(
    /^([0-9a-f]{40}) (\S+) ([0-9a-f]{40})?$/gm,
  )) {
    if (name === HEAD_REF) continue
    lines.push(`${object} ${name}`)
    if (peeled !== '') lines.push(`^${peeled}`)
  }
  return `${lines.join('\n')}\n`
}

async function localSetting(f: GitServices, work: GitWork, repository: string): Promise<GitSetting> {
  const config = join(work.directory, 'gitconfig-local')
  await writeFile(config, formatGitConfig({ url: repository, trusted: [], credentials: null, headers: {} }), {
    mode: 0o600,
  })
  const { systemConfig } = f.git
  return { home: homeOf(work), config, protocols: ['file'], environment: {}, systemConfig }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return null
    throw error
  }
}
