// SPDX-License-Identifier: Apache-2.0
import type { ImageFile } from './definition-schema.ts'

/** An image YAML laid on top of what it includes (apko.md §2): lists follow the base's, maps win key by key, single values win when they are set. */
export function mergeInclude(base: ImageFile, over: ImageFile): ImageFile {
  return {
    contents: {
      repositories: [...base.contents.repositories, ...over.contents.repositories],
      build_repositories: [...base.contents.build_repositories, ...over.contents.build_repositories],
      runtime_repositories: [...base.contents.runtime_repositories, ...over.contents.runtime_repositories],
      keyring: [...base.contents.keyring, ...over.contents.keyring],
      runtime_keyring: [...base.contents.runtime_keyring, ...over.contents.runtime_keyring],
      packages: [...base.contents.packages, ...over.contents.packages],
      baseimage: over.contents.baseimage,
    },
    entrypoint: isSet(over.entrypoint) ? over.entrypoint : base.entrypoint,
    cmd: over.cmd || base.cmd,
    'stop-signal': over['stop-signal'] || base['stop-signal'],
    'work-dir': over['work-dir'] || base['work-dir'],
    'vcs-url': over['vcs-url'],
    accounts: {
      'run-as': over.accounts['run-as'] || base.accounts['run-as'],
      users: [...base.accounts.users, ...over.accounts.users],
      groups: [...base.accounts.groups, ...over.accounts.groups],
    },
    archs: over.archs.length > 0 ? over.archs : base.archs,
    environment: { ...base.environment, ...over.environment },
    paths: [...base.paths, ...over.paths],
    annotations: { ...base.annotations, ...over.annotations },
    include: '',
    volumes: [...base.volumes, ...over.volumes],
    layering: over.layering.strategy === '' ? base.layering : over.layering,
    format: over.format || base.format,
    certificates: isSet(over.certificates) ? over.certificates : base.certificates,
  }
}

/** Whether a part of a definition says anything: a text, or an entry of a list or map, at any depth. */
function isSet(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(isSet)
  return value !== '' && value !== undefined
}
