// SPDX-License-Identifier: Apache-2.0
import type { z } from 'zod'
import { flag, list, map, object, text, texts, whole, words } from './fields.ts'

/** The environment of a build or test: an image configuration of apko's, of which builds use the packages, the variables and the accounts. */
export const Environment = object({
  contents: object({
    repositories: texts,
    build_repositories: texts,
    runtime_repositories: texts,
    keyring: texts,
    runtime_keyring: list(object({ name: text, content: text })),
    packages: texts,
    baseimage: object({ image: text, apkindex: text }),
  }),
  environment: words,
  entrypoint: object({ type: text, command: text, 'shell-fragment': text, services: map(text) }),
  cmd: text,
  'stop-signal': text,
  'work-dir': text,
  'vcs-url': text,
  accounts: object({
    'run-as': text,
    users: list(object({ username: text, uid: whole, gid: whole, shell: text, homedir: text })),
    groups: list(object({ groupname: text, gid: whole, members: texts })),
  }),
  archs: texts,
  paths: list(
    object({
      path: text,
      type: text,
      uid: whole,
      gid: whole,
      permissions: whole,
      source: text,
      recursive: flag,
    }),
  ),
  annotations: words,
  include: text,
  volumes: texts,
  layering: object({ strategy: text, budget: whole }),
  format: text,
  certificates: object({ additional: list(object({ name: text, content: text })), providers: texts }),
})

export type EnvironmentFile = z.output<typeof Environment>
