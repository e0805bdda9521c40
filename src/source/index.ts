// SPDX-License-Identifier: Apache-2.0
/**
 * Where sources come from: the store, their own URI, and mirrors: Debian's archive through an apt of Millrace's own, registries through their users' clients; git repositories, made anew in one form; whatever comes is verified by
 * digest or commit, or kept out. The seed, the factory and the planner's callers import it; it imports base, archive and store. Formats: gitrepository-layout(5), sources.list(5), apt.conf(5), Debian's Sources index (deb-src-control(5)), PEP 503, PEP 691.
 */
export {
  type AptServices,
  aptCancelled,
  aptFailed,
  openAptDirectory,
  updateLists,
} from './apt/apt-directory.ts'
export {
  type AptContext,
  type AptDownload,
  downloadCommand,
  resolveCommand,
  showCommand,
} from './apt/commands.ts'
export { fieldsOf } from './apt/machine-sources.ts'
export { sweepDownloads } from './downloads.ts'
export { type FetchedSource, fetchSource, type SourceServices } from './fetch-source.ts'
export { type GitProbe, probeGit } from './git/commands.ts'
export { fetchGitSource, type GitFetchServices } from './git/fetch-git.ts'
export type { GitSource } from './git/git-checkout.ts'
export type { GitMirror } from './git/git-places.ts'
export {
  DEFAULT_GIT_LIMITS,
  type GitLimits,
  type GitServices,
  type GitSettings,
} from './git/git-services.ts'
export { findStoredGitSource } from './git/remembered-git.ts'
export { type HostMemory, openHostMemory } from './host-memory.ts'
export type { Asked, Mirror, MirrorAnswer, MirrorRequest } from './mirror.ts'
export {
  gitMirrors,
  type MirrorServices,
  type MirrorSettings,
  openMirrors,
  parseMirrors,
} from './mirrors.ts'
export { type PackageFile, parsePackageUri, type Source } from './source.ts'
