// SPDX-License-Identifier: Apache-2.0
import type { z } from 'zod'
import { flag, list, map, object, oneOf, text, texts, whole, words } from '../recipe/index.ts'

/** A number that makes a difference by not being there. */
const wholeOrNone = whole.unwrap().optional()

const RepositoryKey = object({ name: text, content: text })

/** apko's image schema, key by key (apko.md §1). Unknown keys are errors everywhere; scalars keep their source text. */
export const ImageSchema = object({
  contents: object({
    repositories: texts,
    build_repositories: texts,
    runtime_repositories: texts,
    keyring: texts,
    runtime_keyring: list(RepositoryKey),
    packages: texts,
    baseimage: object({ image: text, apkindex: text }),
  }),
  entrypoint: object({
    type: oneOf('service-bundle'),
    command: text,
    'shell-fragment': text,
    services: map(text),
  }),
  cmd: text,
  'stop-signal': text,
  'work-dir': text,
  'vcs-url': text,
  accounts: object({
    'run-as': text,
    users: list(object({ username: text, uid: whole, gid: wholeOrNone, shell: text, homedir: text })),
    groups: list(object({ groupname: text, gid: whole, members: texts })),
  }),
  archs: texts,
  environment: words,
  paths: list(
    object({
      path: text,
      type: oneOf('directory', 'empty-file', 'hardlink', 'symlink', 'permissions'),
      uid: wholeOrNone,
      gid: wholeOrNone,
      permissions: wholeOrNone,
      source: text,
      recursive: flag,
    }),
  ),
  annotations: words,
  include: text,
  volumes: texts,
  layering: object({ strategy: oneOf('origin'), budget: wholeOrNone }),
  format: oneOf('tar', 'erofs'),
  certificates: object({ additional: list(object({ name: text, content: text })), providers: texts }),
})

/** What an image YAML says; what it does not say is empty. */
export type ImageFile = z.output<typeof ImageSchema>
export type PathEntry = ImageFile['paths'][number]
export type UserEntry = ImageFile['accounts']['users'][number]
