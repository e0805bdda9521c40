// SPDX-License-Identifier: Apache-2.0
import {
  type Command,
  type Exec,
  type GitProtocol,
  HOST_ENV,
  isMillraceError,
  lastWords,
} from '../../base/index.ts'

/** The circumstances under which git runs: nothing of the user's, only what is written here. */
export interface GitSetting {
  /** An empty directory for a home. */
  readonly home: string
  /** The one configuration file beside the machine's. */
  readonly config: string
  readonly protocols: readonly GitProtocol[]
  /** Proxies, certificates, an ssh agent: what the machine needs to reach others. */
  readonly environment: Readonly<Record<string, string>>
  /** In place of the machine's `/etc/gitconfig`. */
  readonly systemConfig?: string | undefined
}

/** The name of the place in the configuration file: its URL is in no argument that `ps` could show. */
const REMOTE = 'upstream'

/** Which refs are there, with what annotated tags point at (git-ls-remote(1)). */
export function listCommand(setting: GitSetting, repository: string, patterns: readonly string[]): Command {
  return git(setting, ['--git-dir', repository, 'ls-remote', '--quiet', REMOTE, ...patterns])
}

export interface FetchWish {
  /** `+source:destination` each. */
  readonly refspecs: readonly string[]
  /** Commits of history; null for all. */
  readonly depth: number | null
  /** Tags that point into what is fetched come too. */
  readonly withTags: boolean
}

/** What git fetch is told: FETCH_HEAD, submodules and clean-up are left out. */
export function fetchCommand(setting: GitSetting, repository: string, wish: FetchWish): Command {
  return git(setting, [
    ...['--git-dir', repository, 'fetch', '--quiet', '--no-write-fetch-head', '--no-auto-maintenance'],
    ...['--no-recurse-submodules', '--force'],
    ...(wish.withTags ? [] : ['--no-tags']),
    ...(wish.depth === null ? [] : [`--depth=${wish.depth}`]),
    ...['--', REMOTE, ...wish.refspecs],
  ])
}

export function initCommand(setting: GitSetting, repository: string): Command {
  return git(setting, ['init', '--quiet', '--bare', '--object-format=sha1', '--template=', '--', repository])
}

/** Everything that refs reach, in one pack that follows from it and the version of git alone: by one thread, nothing taken over from other packs. Without history there is nothing to find deltas in. */
export function repackCommand(setting: GitSetting, repository: string, hasHistory: boolean): Command {
  return git(setting, [
    ...['-c', 'pack.threads=1', '-c', 'pack.compression=6', '-c', 'core.compression=6'],
    ...['--git-dir', repository, 'repack', '--quiet', '-a', '-d', '-F', '-n'],
    ...[`--window=${hasHistory ? 10 : 0}`, '--depth=50'],
  ])
}

/** git-rev-parse(1): the name of an object; code 128 when there is none. */
export function resolveCommand(setting: GitSetting, repository: string, revision: string): Command {
  return git(setting, [
    '--git-dir',
    repository,
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    revision,
  ])
}

/** git-merge-base(1), --is-ancestor: code 0, or 1 when it is none. */
export function ancestorCommand(
  setting: GitSetting,
  repository: string,
  older: string,
  newer: string,
): Command {
  return git(setting, ['--git-dir', repository, 'merge-base', '--is-ancestor', older, newer])
}

/** `MODE TYPE OBJECT SIZE\tPATH\0` for everything below a commit (git-ls-tree(1)). */
export function treeCommand(setting: GitSetting, repository: string, commit: string): Command {
  return git(setting, ['--git-dir', repository, 'ls-tree', '-r', '-z', '-l', '--full-tree', commit])
}

/** `OBJECT TYPE SIZE\n`, the bytes, `\n` for each object of the input (git-cat-file(1), BATCH OUTPUT). */
export function contentsCommand(setting: GitSetting, repository: string, objects: string): Command {
  return { ...git(setting, ['--git-dir', repository, 'cat-file', '--batch', '--buffer']), stdin: objects }
}

/** `KEY\nVALUE\0` for each setting of a file in a commit (git-config(1), -z). */
export function submodulesCommand(setting: GitSetting, repository: string, commit: string): Command {
  const blob = `${commit}:.gitmodules`
  return git(setting, ['--git-dir', repository, 'config', '--blob', blob, '--list', '-z', '--no-includes'])
}

/** `OBJECT REF OBJECT-POINTED-AT` a line, in the order of packed-refs. */
export function refsCommand(setting: GitSetting, repository: string): Command {
  const format = '--format=%(objectname) %(refname) %(*objectname)'
  return git(setting, ['--git-dir', repository, 'for-each-ref', format])
}

function git(setting: GitSetting, args: readonly string[]): Command {
  return { program: 'git', args, env: gitEnvironment(setting), cwd: setting.home }
}

/** git(1), ENVIRONMENT VARIABLES. Nobody is asked for anything. */
function gitEnvironment(setting: GitSetting): Record<string, string> {
  const all = {
    ...HOST_ENV,
    ...setting.environment,
    LC_ALL: 'C',
    HOME: setting.home,
    XDG_CONFIG_HOME: setting.home,
    GIT_CONFIG_GLOBAL: setting.config,
    ...(setting.systemConfig === undefined ? {} : { GIT_CONFIG_SYSTEM: setting.systemConfig }),
    GIT_ALLOW_PROTOCOL: setting.protocols.join(':'),
    GIT_ASKPASS: 'false',
    SSH_ASKPASS: 'false',
    GIT_TERMINAL_PROMPT: '0',
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=15',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_OPTIONAL_LOCKS: '0',
  }
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** What the configuration file of one fetch says. */
export interface GitConfig {
  /** As git is told it. */
  readonly url: string
  /** Repositories of this machine that may belong to somebody else, because the operator named them. */
  readonly trusted: readonly string[]
  /** A file in the format of git-credential-store(1). */
  readonly credentials: string | null
  /** Shown to the host of the URL, which then may not lead elsewhere: a redirect would take them along. */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * The configuration of one fetch. What comes is checked whole (fsck), what repositories of this machine offer may be asked for by any name, nothing of a repository is run.
 */
export function formatGitConfig({ url, trusted, credentials, headers }: GitConfig): string {
  const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`
  const tolerated = TOLERATED.map((id) => `\t${id} = ignore\n`).join('')
  return [
    `[remote "${REMOTE}"]\n\turl = ${quoted(url)}\n`,
    '[core]\n\thooksPath = /dev/null\n\tfsmonitor = false\n\tprotectHFS = true\n\tprotectNTFS = true\n',
    '[transfer]\n\tfsckObjects = true\n[fetch]\n\tfsckObjects = true\n\tunpackLimit = 1\n\twriteCommitGraph = false\n',
    `[fetch "fsck"]\n${tolerated}`,
    '[uploadpack]\n\tallowAnySHA1InWant = true\n',
    '[pack]\n\twriteReverseIndex = false\n[repack]\n\twriteBitmaps = false\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n',
    '[http]\n\tlowSpeedLimit = 1000\n\tlowSpeedTime = 60\n\tfollowRedirects = initial\n',
    '[credential]\n\thelper =\n',
    credentials === null ? '' : `\thelper = ${quoted(`store --file='${credentials}'`)}\n`,
    ...Object.entries(headers).map(
      ([name, value]) =>
        `[http]\n\textraHeader = ${quoted(`${name}: ${value}`)}\n\tfollowRedirects = false\n`,
    ),
    ...trusted.map((path) => `[safe]\n\tdirectory = ${quoted(path)}\n`),
  ].join('')
}

/** What old histories have that is untidy and harms nobody (git-fsck(1), FSCK MESSAGES). Names that lead out of a tree are not among it. */
const TOLERATED = [
  ...['badDate', 'badDateOverflow', 'badEmail', 'badName', 'badTagName', 'badTimezone', 'extraHeaderEntry'],
  ...['missingEmail', 'missingNameBeforeEmail', 'missingSpaceBeforeDate', 'missingSpaceBeforeEmail'],
  ...['missingTaggerEntry', 'multipleAuthors', 'nulInCommit', 'zeroPaddedDate', 'zeroPaddedFilemode'],
] as const

/** git-credential-store(1): one URL a line. */
export function formatCredentials(
  url: { readonly protocol: string; readonly host: string },
  { username, password }: { readonly username: string; readonly password: string },
): string {
  return `${url.protocol}://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${url.host}\n`
}

export type GitProbe =
  | { readonly status: 'ready'; readonly version: string }
  | { readonly status: 'missing'; readonly reason: string; readonly fix: string }

/** `fetch --no-write-fetch-head` is the newest of what is used (git 2.29). */
const OLDEST = [2, 29] as const

/** @throws MillraceError TOOL_FAILED when the system cannot start it. */
export async function probeGit(f: { readonly exec: Exec }): Promise<GitProbe> {
  const fix = 'apt-get install -y --no-install-recommends git'
  try {
    const exited = await f.exec({ program: 'git', args: ['--version'] })
    const [version, major, minor] = /(\d+)\.(\d+)[\d.]*/.exec(exited.stdout) ?? []
    if (exited.code !== 0 || version === undefined)
      return { status: 'missing', reason: lastWords(exited), fix }
    const isOld = Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1])
    if (isOld) return { status: 'missing', reason: `git ${version} is older than ${OLDEST.join('.')}`, fix }
    return { status: 'ready', version }
  } catch (error) {
    if (!isMillraceError(error, 'TOOL_MISSING')) throw error
    return { status: 'missing', reason: error.why, fix }
  }
}
