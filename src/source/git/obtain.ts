// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Exited,
  isMillraceError,
  isSystemError,
  isUnreachable,
  MillraceError,
} from '../../base/index.ts'
import type { Asked } from '../mirror.ts'
import type { CherryPick } from './cherry-picks.ts'
import {
  ancestorCommand,
  type FetchWish,
  fetchCommand,
  formatCredentials,
  formatGitConfig,
  type GitSetting,
  initCommand,
  listCommand,
  resolveCommand,
} from './commands.ts'
import type { Retries } from './git-checkout.ts'
import { type GitPlace, placesOf } from './git-places.ts'
import { type GitServices, type GitWork, homeOf, runGit } from './git-services.ts'
import { troubleOf } from './git-trouble.ts'
import type { GitUrl } from './git-url.ts'

/** What must be found in a repository. */
export interface WantedCommit {
  readonly url: GitUrl
  /** By which name upstream is asked: `refs/tags/…`, `refs/heads/…`, `HEAD`; null: by the commit alone, as submodules are. */
  readonly ref: string | null
  /** '' when nobody said. */
  readonly commit: string
  /** It must be what the branch names now, and not only of its history. */
  readonly mustBeTip: boolean
  /** Commits of history; null for all. */
  readonly depth: number | null
  readonly picks: readonly CherryPick[]
}

/** A bare repository that has what was wanted, perhaps more, and where it came from. */
export interface ObtainedRepository {
  readonly repository: string
  readonly setting: GitSetting
  /** The commit; for an expected annotated tag what it points at. */
  readonly commit: string
  readonly from: string
}

/**
 * Gets a commit into a new repository: from upstream, with retries, then from the mirrors. Found under the name that was asked for, or refused.
 *
 * @throws MillraceError SOURCE_DIGEST_MISMATCH when the name is another commit now, RECIPE_INVALID without a commit (with the one that is there), GIT_HOSTILE, ARCHIVE_TOO_LARGE, SOURCE_NOT_FOUND
 * with every place asked, TOOL_MISSING, CANCELLED
 */
export async function obtainCommit(
  f: GitServices,
  work: GitWork,
  wanted: WantedCommit,
  retries: Retries,
): Promise<ObtainedRepository> {
  const asked: Asked[] = []
  for (const place of await placesOf(wanted.url, f.git.mirrors)) {
    const answer = await askWithRetries(f, work, wanted, place, retries)
    if ('repository' in answer) return answer
    asked.push({ place: place.name, answer: answer.answer })
  }
  throw new MillraceError('SOURCE_NOT_FOUND', {
    what: work.what,
    why: `nobody has it\n${asked.map(({ place, answer }) => `${place}: ${answer}`).join('\n')}`,
    fix: 'check repository, tag and branch; without a network, give a git-mirror or git-bundle in distro/mirrors.yaml',
    at: work.at,
  })
}

/** Half a sentence: why a place does not give it. */
interface NotHere {
  readonly answer: string
  readonly mayPass?: boolean
}

async function askWithRetries(
  f: GitServices,
  work: GitWork,
  wanted: WantedCommit,
  place: GitPlace,
  { attempts, initialMs, maxMs }: Retries,
): Promise<ObtainedRepository | NotHere> {
  const { protocol, host } = place.url
  const isAllowed = f.git.protocols.includes(protocol) || (place.isMirror && protocol === 'file')
  if (!isAllowed)
    return { answer: `${protocol} is not among the protocols allowed here (${f.git.protocols.join(', ')})` }
  for (let attempt = 1; ; attempt++) {
    const trouble = host === '' ? undefined : f.hosts.trouble(host)
    if (trouble !== undefined) return { answer: `${trouble} (a short while ago)` }
    const unreachable = await whyUnreachable(f, work, place.url)
    if (unreachable !== undefined) {
      f.hosts.note(host, unreachable)
      return { answer: unreachable }
    }
    const answer = await ask(f, work, wanted, place)
    const isLast = attempt >= attempts || performance.now() >= work.deadlineMs
    if ('repository' in answer || answer.mayPass !== true || isLast) return answer
    await work.pause(Math.min(maxMs, initialMs * 2 ** (attempt - 1)))
  }
}

/** git would wait minutes for a host that does not answer. Whatever an HTTP server says, it is there. */
const CONNECT_TIMEOUT_MS = 5_000

async function whyUnreachable(
  f: GitServices,
  work: GitWork,
  { protocol, href }: GitUrl,
): Promise<string | undefined> {
  if (protocol !== 'https' && protocol !== 'http') return undefined
  try {
    const url = `${href.replace(/\/+$/, '')}/info/refs?service=git-upload-pack`
    const response = await f.http.get(url, { signal: work.signal, connectTimeoutMs: CONNECT_TIMEOUT_MS })
    response.discard()
    return undefined
  } catch (error) {
    if (!isMillraceError(error, 'FETCH_FAILED')) throw error
    return isUnreachable(error) ? error.why : undefined
  }
}

async function ask(
  f: GitServices,
  work: GitWork,
  wanted: WantedCommit,
  place: GitPlace,
): Promise<ObtainedRepository | NotHere> {
  const setting = await settingFor(f, work, place)
  const repository = join(work.directory, 'upstream')
  await rm(repository, { recursive: true, force: true })
  const made = await runGit(f, work, initCommand(setting, repository))
  if (made.code !== 0) throw gitFailed(work, made)
  const asking = { f, work, wanted, place, setting, repository }
  return wanted.ref === null ? byCommit(asking) : byName(asking, wanted.ref)
}

interface Asking {
  readonly f: GitServices
  readonly work: GitWork
  readonly wanted: WantedCommit
  readonly place: GitPlace
  readonly setting: GitSetting
  readonly repository: string
}

const FOUND = 'refs/millrace/found'

async function byName(asking: Asking, ref: string): Promise<ObtainedRepository | NotHere> {
  const { f, work, wanted, setting, repository, place } = asking
  const pickRefs = [...new Set(wanted.picks.flatMap(({ branch }) => branch ?? []))].map(
    (one) => `refs/heads/${one}`,
  )
  const tagOfName = ref.startsWith('refs/heads/') ? [ref.replace('refs/heads/', 'refs/tags/')] : []
  const patterns = [ref, ...tagOfName, ...pickRefs].flatMap((one) => [one, `${one}^{}`])
  const listed = await runGit(f, work, listCommand(setting, repository, patterns))
  if (listed.code !== 0) return notHere(asking, listed)
  const refs = parseRefs(listed.stdout)
  // As `git clone --branch` does, a tag is taken where there is no branch of the name.
  const name = [ref, ...tagOfName].find((one) => refs.has(one))
  if (name === undefined) return { answer: `it has no ${describeRef(ref)}` }
  const tip = refs.get(`${name}^{}`) ?? refs.get(name) ?? ''
  checkTip(asking, name, tip, refs.get(name) ?? '')

  const isTip = wanted.commit === tip || wanted.commit === refs.get(name)
  const needsHistory = wanted.depth === null || !isTip || pickRefs.length > 0
  const picked = pickRefs.filter((one) => refs.has(one))
  // A tag keeps its name: it may be one of those that come with a history.
  const kept = name.startsWith('refs/tags/') ? name : FOUND
  const fetched = await fetchRefs(asking, {
    refspecs: [`+${name}:${kept}`, ...picked.map((one, index) => `+${one}:refs/millrace/branch-${index}`)],
    depth: needsHistory ? null : wanted.depth,
    withTags: needsHistory || (wanted.depth ?? 0) > 1,
  })
  if (fetched.code !== 0) return notHere(asking, fetched)

  const object = await resolve(asking, kept)
  const found = await resolve(asking, `${kept}^{commit}`)
  // git leaves a name out, and says nothing, when its history ends where the other side has no more of it.
  if (object === undefined) return { answer: `it has only a part of the history of ${describeRef(name)}` }
  if (found === undefined) return { answer: `${describeRef(name)} names no commit` }
  checkTip(asking, name, found, object)
  const commit = wanted.commit === object ? found : wanted.commit
  if (commit !== found && !(await isInHistory(asking, commit, found)))
    throw moved(asking, `${commit} is not in the history of ${describeRef(name)}, which is at ${found} now`)
  for (const { commit: pick } of wanted.picks)
    if (!(await hasCommit(asking, pick)))
      return { answer: `it has no commit ${pick}, which is to be cherry-picked` }
  return { repository, setting, commit, from: place.name }
}

/** A server need not give a commit that no name names; then its whole history is looked through. */
async function byCommit(asking: Asking): Promise<ObtainedRepository | NotHere> {
  const { wanted, repository, setting, place } = asking
  const { commit, depth } = wanted
  const direct = await fetchRefs(asking, {
    refspecs: [`+${commit}:${FOUND}`],
    depth,
    withTags: depth === null,
  })
  if (direct.code !== 0) {
    const { kind } = troubleOf(direct)
    if (kind !== 'lasting') return notHere(asking, direct)
    const all = ['+refs/heads/*:refs/millrace/heads/*', '+refs/tags/*:refs/tags/*']
    const whole = await fetchRefs(asking, { refspecs: all, depth: null, withTags: true })
    if (whole.code !== 0) return notHere(asking, whole)
  }
  if ((await resolve(asking, `${commit}^{commit}`)) !== commit)
    return { answer: `it has no commit ${commit}` }
  return { repository, setting, commit, from: place.name }
}

/** A commit that a cherry-pick names may have to be asked for by itself, with the one before it. */
async function hasCommit(asking: Asking, commit: string): Promise<boolean> {
  const isThere = async () => (await resolve(asking, `${commit}^{commit}`)) === commit
  if (await isThere()) return true
  await fetchRefs(asking, {
    refspecs: [`+${commit}:refs/millrace/pick-${commit}`],
    depth: asking.wanted.depth === null ? null : 2,
    withTags: false,
  })
  return isThere()
}

/** Fetches within the limits, telling how much has come; the whole history where the server has no other. */
async function fetchRefs(asking: Asking, wish: FetchWish): Promise<Exited> {
  const { f, work, setting, repository } = asking
  const guard = new AbortController()
  const signal = AbortSignal.any([work.signal, guard.signal])
  const { packedBytes } = f.git.limits
  const look = async () => {
    const bytes = await sizeOf(join(repository, 'objects'))
    work.onBytes(bytes)
    if (bytes > packedBytes) guard.abort()
  }
  // What goes wrong with looking is told by the last look.
  const watch = setInterval(() => void look().catch(() => {}), WATCH_MS)
  try {
    const exited = await runGit(f, work, fetchCommand(setting, repository, wish), { signal })
    await look()
    if (guard.signal.aborted) throw tooLarge(work, packedBytes)
    if (exited.code === 0 || wish.depth === null || troubleOf(exited).kind !== 'not-shallow') return exited
  } finally {
    clearInterval(watch)
  }
  return fetchRefs(asking, { ...wish, depth: null })
}

const WATCH_MS = 250

async function sizeOf(directory: string): Promise<number> {
  let bytes = 0
  try {
    for (const one of await readdir(directory, { recursive: true, withFileTypes: true }))
      if (one.isFile()) bytes += (await stat(join(one.parentPath, one.name))).size
  } catch (error) {
    // git renames its files while we look.
    if (!isSystemError(error, 'ENOENT')) throw error
  }
  return bytes
}

/** @throws MillraceError when a name that must be the commit is another one. */
function checkTip(asking: Asking, name: string, found: string, object: string): void {
  const { wanted, work } = asking
  const { commit } = wanted
  if (commit === '')
    throw new MillraceError('RECIPE_INVALID', {
      what: work.what,
      why: `it names no expected-commit, and ${describeRef(name)} may be another commit tomorrow`,
      fix: `write expected-commit: ${found}, which it is now at ${asking.place.name}`,
      at: work.at,
    })
  if (commit === found || commit === object) return
  if (name.startsWith('refs/tags/'))
    throw moved(asking, `expected ${commit}, ${describeRef(name)} is ${found}`)
  if (wanted.mustBeTip)
    throw moved(asking, `expected ${commit} as the tip, ${describeRef(name)} is at ${found} now`)
}

function moved({ work, place }: Asking, why: string): MillraceError {
  return new MillraceError('SOURCE_DIGEST_MISMATCH', {
    what: `${work.what} from ${place.name}`,
    why,
    fix: 'look at what upstream changed; write the new commit into the recipe only if upstream says why its history changed',
    at: work.at,
  })
}

/** @throws MillraceError GIT_HOSTILE */
function notHere({ f, work, place }: Asking, exited: Exited): NotHere {
  const { kind, words } = troubleOf(exited)
  if (kind === 'hostile') throw hostileRepository(work, place.name, words)
  if (kind === 'unreachable' && place.url.host !== '') f.hosts.note(place.url.host, words)
  return { answer: words, mayPass: kind === 'passing' }
}

export function hostileRepository(work: GitWork, place: string, why: string): MillraceError {
  return new MillraceError('GIT_HOSTILE', {
    what: `${work.what} from ${place}`,
    why,
    fix: 'do not use this repository; ask its maintainers',
    at: work.at,
  })
}

export function gitFailed(work: GitWork, exited: Exited): MillraceError {
  return new MillraceError('TOOL_FAILED', {
    what: work.what,
    why: troubleOf(exited).words,
    fix: 'run millrace doctor',
    at: work.at,
  })
}

function tooLarge(work: GitWork, bytes: number): MillraceError {
  return new MillraceError('ARCHIVE_TOO_LARGE', {
    what: work.what,
    why: `the repository sends more than ${bytes} bytes, which is the limit`,
    fix: 'let the recipe take less of its history (depth: 1), or the release’s tarball',
    at: work.at,
  })
}

async function isInHistory(
  { f, work, setting, repository }: Asking,
  older: string,
  newer: string,
): Promise<boolean> {
  return (await runGit(f, work, ancestorCommand(setting, repository, older, newer))).code === 0
}

async function resolve(
  { f, work, setting, repository }: Asking,
  revision: string,
): Promise<string | undefined> {
  const { code, stdout } = await runGit(f, work, resolveCommand(setting, repository, revision))
  return code === 0 ? stdout.trim() : undefined
}

/** `OBJECT\tREF` a line. */
export function parseRefs(text: string): ReadonlyMap<string, string> {
  const refs = new Map<string, string>()
  for (const [, object = '', name = ''] of text.matchAll(/^([0-9a-f]{40})\t(\S+)$/gm)) refs.set(name, object)
  return refs
}

function describeRef(ref: string): string {
  return ref.replace(/^refs\/tags\//, 'tag ').replace(/^refs\/heads\//, 'branch ')
}

/** Where a place's URL is told to git, and what its host is to be shown with it: in files that only we can read. */
async function settingFor(f: GitServices, work: GitWork, { url, isMirror }: GitPlace): Promise<GitSetting> {
  const home = homeOf(work)
  await mkdir(home, { recursive: true, mode: 0o700 })
  const [config, credentials] = [join(work.directory, 'gitconfig'), join(work.directory, 'git-credentials')]
  if (url.credentials !== null)
    await writeFile(credentials, formatCredentials(url, url.credentials), { mode: 0o600 })
  const path = url.protocol === 'file' ? url.href.slice('file://'.length) : ''
  const text = formatGitConfig({
    // A bundle is told from a directory only where git is given a path.
    url: path === '' ? url.href : path,
    trusted: isMirror && path !== '' ? [path, `${path}/.git`] : [],
    credentials: url.credentials === null ? null : credentials,
    headers: path === '' && URL.canParse(url.href) ? f.git.credentialsFor(new URL(url.href)) : {},
  })
  await writeFile(config, text, { mode: 0o600 })
  const { protocols, environment, systemConfig } = f.git
  const allowed = isMirror && url.protocol === 'file' ? [...protocols, 'file' as const] : protocols
  return { home, config, protocols: [...new Set(allowed)], environment, systemConfig }
}
