// SPDX-License-Identifier: Apache-2.0
import { MillraceError, redactUrl } from '../../base/index.ts'
import type { GitSetting } from './commands.ts'
import { submodulesCommand } from './commands.ts'
import { type GitServices, type GitWork, runGit } from './git-services.ts'
import { troubleOf } from './git-trouble.ts'
import { type GitUrl, isGitUrl, parseGitUrl, resolveSubmoduleUrl } from './git-url.ts'
import { hostileRepository } from './obtain.ts'
import type { SourceTree } from './source-tree.ts'

/** A repository that another one has below one of its directories. */
export interface Submodule {
  readonly path: string
  readonly url: GitUrl
  /** As the tree records it. */
  readonly commit: string
  /** Whether its parent recommends to take no history of it. */
  readonly isShallow: boolean
}

/**
 * The submodules that a commit records and that are checked out (gitmodules(5)).
 *
 * @throws MillraceError GIT_HOSTILE for a URL that git must not be given, or a list that is none; CANCELLED
 */
export async function submodulesOf(
  f: GitServices,
  work: GitWork,
  place: { readonly setting: GitSetting; readonly repository: string; readonly commit: string },
  parent: GitUrl,
  tree: SourceTree,
): Promise<Submodule[]> {
  if (tree.submodules.size === 0) return []
  const listed = await runGit(f, work, submodulesCommand(place.setting, place.repository, place.commit))
  // Submodules without a .gitmodules file are left alone, as git does.
  if (listed.code === 128 && /unable to resolve config blob/.test(listed.stderr)) return []
  if (listed.code !== 0)
    throw hostileRepository(
      work,
      redactUrl(parent.href),
      `its .gitmodules cannot be read: ${troubleOf(listed).words}`,
    )
  const found: Submodule[] = []
  for (const { name, values } of parseModules(listed.stdout)) {
    const path = values.get('path') ?? ''
    const commit = tree.submodules.get(path)
    if (commit === undefined || values.get('update') === 'none') continue
    const written = values.get('url') ?? ''
    const absolute = resolveSubmoduleUrl(parent.href, written)
    const url = absolute === undefined ? { why: 'it leads above its host' } : parseGitUrl(absolute)
    if (!isGitUrl(url))
      throw hostileRepository(
        work,
        redactUrl(parent.href),
        `its submodule ${JSON.stringify(name)} has the URL ${JSON.stringify(redactUrl(written))}: ${url.why}`,
      )
    // Who may read the parent may be needed to read what lies beside it.
    const isBeside = absolute !== written
    found.push({
      path,
      url: isBeside ? { ...url, credentials: parent.credentials } : url,
      commit,
      isShallow: values.get('shallow') === 'true',
    })
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1))
}

interface Module {
  readonly name: string
  readonly values: ReadonlyMap<string, string>
}

/** `submodule.NAME.KEY\nVALUE` each, with a zero behind it; names may have dots. */
export function parseModules(text: string): Module[] {
  const modules = new Map<string, Map<string, string>>()
  for (const [, name = '', key = '', value = ''] of text.matchAll(
    /submodule\.([^\0\n]+)\.([^\0\n.]+)\n([^\0]*)\0/g,
  )) {
    const values = modules.get(name) ?? new Map<string, string>()
    modules.set(name, values.set(key, value))
  }
  return [...modules].map(([name, values]) => ({ name, values }))
}

export function tooManySubmodules(work: GitWork, limit: number): MillraceError {
  return new MillraceError('ARCHIVE_TOO_LARGE', {
    what: work.what,
    why: `it has more than ${limit} submodules, those of submodules included`,
    fix: 'check that they do not contain each other; else check out what is needed of them one by one',
    at: work.at,
  })
}
