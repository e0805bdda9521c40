// SPDX-License-Identifier: Apache-2.0
import type { z } from 'zod'
import { flag, list, map, object, text, texts, whole, words } from './fields.ts'

/**
 * apko's image configuration, key by key (apko.md §1). Descriptions go into the JSON Schemas for editors.
 *
 * @param number a whole number that may be left out.
 * @param word a text that is one of some words.
 */
export function imageConfiguration<N extends z.ZodType, W extends z.ZodType<string>>(
  number: N,
  word: (...words: readonly string[]) => W,
) {
  const keys = list(
    object({ name: text.describe('The file’s name'), content: text.describe('A PEM public key') }),
  )
  return object({
    contents: object({
      repositories: texts.describe('Repositories to install from, which the image keeps'),
      build_repositories: texts.describe('Repositories to install from, which the image does not know'),
      runtime_repositories: texts.describe(
        'Repositories that the image knows, and nothing is installed from',
      ),
      keyring: texts.describe('Paths or URLs of public keys'),
      runtime_keyring: keys.describe('Public keys that only the image has'),
      packages: texts.describe('name, name=version, name~1.2, name@tag'),
      baseimage: object({
        image: text.describe('An OCI layout'),
        apkindex: text.describe('The index of its packages'),
      }).describe('An image to stand on'),
    }).describe('What is installed, and from where'),
    environment: words.describe('Environment variables'),
    entrypoint: object({
      type: word('service-bundle').describe('service-bundle runs the services'),
      command: text.describe('The command'),
      'shell-fragment': text.describe('A line for /bin/sh -c, in place of a command'),
      services: map(text).describe('Name → command'),
    }).describe('What runs'),
    cmd: text.describe('Arguments, where the user gives none'),
    'stop-signal': text.describe('The signal that asks it to stop'),
    'work-dir': text.describe('Where it starts'),
    'vcs-url': text.describe('Where this configuration is kept'),
    accounts: object({
      'run-as': text.describe('The user that it runs as, by name or number'),
      users: list(
        object({
          username: text.describe('The user’s name'),
          uid: whole.describe('The user’s number'),
          gid: number.describe('The number of the user’s group; the user’s own when left out'),
          shell: text.describe('/bin/sh when left out'),
          homedir: text.describe('/home/NAME when left out'),
        }),
      ).describe('Users there are'),
      groups: list(
        object({
          groupname: text.describe('The group’s name'),
          gid: whole.describe('The group’s number'),
          members: texts.describe('Names of users'),
        }),
      ).describe('Groups there are'),
    }).describe('Users and groups'),
    archs: texts.describe('Architectures, in apk’s words or OCI’s'),
    paths: list(
      object({
        path: text.describe('The path in the image'),
        type: word('directory', 'empty-file', 'hardlink', 'symlink', 'permissions').describe('What is done'),
        uid: number.describe('Its owner'),
        gid: number.describe('Its group'),
        permissions: number.describe('Its mode in octal, as in 0o755'),
        source: text.describe('What a link leads to'),
        recursive: flag.describe('Whether all below it is meant'),
      }),
    ).describe('Files and modes, once the packages are installed'),
    annotations: words.describe('OCI annotations'),
    include: text.describe('A file to stand on, of the same kind'),
    volumes: texts.describe('Directories that are volumes'),
    layering: object({
      strategy: word('origin').describe('How packages are put together: by their origin'),
      budget: number.describe('How many layers at most'),
    }).describe('How the image is cut into layers'),
    format: word('tar', 'erofs').describe('What a layer is'),
    certificates: object({
      additional: list(
        object({
          name: text.describe('The file’s name'),
          content: text.describe('A PEM certificate'),
        }),
      ).describe('Certificates beside those of the packages'),
      providers: texts.describe('Packages whose certificates are trusted, by name'),
    }).describe('Certificates that programs of the image trust'),
  })
}

/** The environment of a build or test: an image configuration, of which builds use the packages, the variables and the accounts. */
export const Environment = imageConfiguration(whole, () => text)

export type EnvironmentFile = z.output<typeof Environment>
