// SPDX-License-Identifier: Apache-2.0
/**
 * Where sources come from: the store, their own URI, and mirrors: Debian's archive through an apt of Millrace's own, registries through their users' clients; whatever comes is verified by digest or
 * kept out. The seed, the factory and the planner's callers import it; it imports base and store. Formats: sources.list(5), apt.conf(5), Debian's Sources index (deb-src-control(5)), PEP 503, PEP 691.
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
export { type FetchedSource, fetchSource, type SourceServices } from './fetch-source.ts'
export { type HostMemory, openHostMemory } from './host-memory.ts'
export type { Asked, Mirror, MirrorAnswer, MirrorRequest } from './mirror.ts'
export { type MirrorServices, type MirrorSettings, openMirrors, parseMirrors } from './mirrors.ts'
export { type PackageFile, parsePackageUri, type Source } from './source.ts'
