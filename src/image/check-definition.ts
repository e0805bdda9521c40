// SPDX-License-Identifier: Apache-2.0
import { nearestName, shown } from '../base/index.ts'
import type { ImageFile, PathEntry } from './definition-schema.ts'
import { ARCH_SPELLINGS } from './platform.ts'
import { shellWords } from './shell-words.ts'

/** The path of something in a definition, and what is wrong there. */
export interface Fault {
  readonly path: readonly PropertyKey[]
  readonly why: string
  readonly fix: string
}

/** What the schema cannot say: values that contradict, and what Millrace does not build. */
export function* findFaults(content: ImageFile): Generator<Fault> {
  yield* notBuilt(content)
  yield* packageFaults(content)
  yield* commandFaults(content)
  yield* accountFaults(content)
  yield* archFaults(content)
  for (const [index, entry] of content.paths.entries()) yield* pathFaults(entry, ['paths', index])
  for (const [index, volume] of content.volumes.entries())
    if (!isAbsolute(volume)) yield absolute(['volumes', index], volume)
  const workDir = content['work-dir']
  if (workDir !== '' && !isAbsolute(workDir)) yield absolute(['work-dir'], workDir)
  for (const name of Object.keys(content.environment))
    if (name === '' || name.includes('='))
      yield {
        path: ['environment'],
        why: `${shown(name)} cannot be a variable’s name`,
        fix: 'leave out the =',
      }
  for (const [index, { name, content: pem }] of content.contents.runtime_keyring.entries()) {
    if (/^[a-zA-Z0-9_-]+[a-zA-Z0-9_.-]*$/.test(name) && pem.includes('BEGIN PUBLIC KEY')) continue
    yield {
      path: ['contents', 'runtime_keyring', index],
      why: 'a key needs a name that can be a file’s, and one PEM block PUBLIC KEY as its content',
      fix: 'give name: NAME.rsa.pub and the text of that file as content:',
    }
  }
}

function* notBuilt({ entrypoint, contents, format, certificates, layering }: ImageFile): Generator<Fault> {
  const refuse = (path: readonly PropertyKey[], what: string, fix: string): Fault => ({
    path,
    why: `Millrace does not build ${what}`,
    fix,
  })
  if (entrypoint.type === 'service-bundle' || Object.keys(entrypoint.services).length > 0)
    yield refuse(
      ['entrypoint', entrypoint.type === '' ? 'services' : 'type'],
      'images that run several services under a supervisor',
      'make an image for each service, each with entrypoint.command',
    )
  if (contents.baseimage.image !== '' || contents.baseimage.apkindex !== '')
    yield refuse(
      ['contents', 'baseimage'],
      'images on top of a base image',
      'name the packages that the base has; equal packages share their layers anyway',
    )
  if (format === 'erofs') yield refuse(['format'], 'images in EROFS', 'leave format out')
  if (certificates.additional.length > 0 || certificates.providers.length > 0)
    yield refuse(
      ['certificates'],
      'certificates of an image’s own',
      'put the certificate in a package that installs it',
    )
  if (layering.strategy === '' && layering.budget !== undefined)
    yield { path: ['layering', 'budget'], why: 'a budget needs a strategy', fix: 'add strategy: origin' }
  if ((layering.budget ?? 0) > MAX_BUDGET)
    yield {
      path: ['layering', 'budget'],
      why: `overlay file systems of container runtimes end at about 127 layers, ${layering.budget} are asked for`,
      fix: `write at most ${MAX_BUDGET}`,
    }
}

/** Leaves a few of the 127 layers of an overlay to images that are built on top. */
const MAX_BUDGET = 100

function* packageFaults({ contents }: ImageFile): Generator<Fault> {
  for (const [index, wish] of contents.packages.entries())
    if (wish.startsWith('!') || wish.trim() === '')
      yield {
        path: ['contents', 'packages', index],
        why:
          wish.trim() === '' ? 'a package has no name' : 'an image cannot ask for the absence of a package',
        fix: 'name packages that are to be in the image, and only those',
      }
}

function* commandFaults({ entrypoint, cmd }: ImageFile): Generator<Fault> {
  const both = entrypoint.command !== '' && entrypoint['shell-fragment'] !== ''
  if (both)
    yield {
      path: ['entrypoint', 'shell-fragment'],
      why: 'an entrypoint is a command or a shell fragment, this has both',
      fix: 'remove one of the two',
    }
  for (const [path, command] of [
    [['entrypoint', 'command'], entrypoint.command],
    [['cmd'], cmd],
  ] as const)
    if (shellWords(command) === undefined)
      yield {
        path,
        why: 'a quote in it is not closed',
        fix: 'close the quote, or escape it with a backslash',
      }
}

const ACCOUNT_NAME = /^[a-z_][a-z\d_.-]*\$?$/i

function* accountFaults({ accounts }: ImageFile): Generator<Fault> {
  const named = (path: readonly PropertyKey[], name: string): Fault => ({
    path,
    why: `${shown(name)} cannot name an account`,
    fix: 'use letters, digits and _ . - and begin with a letter',
  })
  for (const [index, { username, uid, homedir, shell }] of accounts.users.entries()) {
    const path = ['accounts', 'users', index]
    if (!ACCOUNT_NAME.test(username)) yield named([...path, 'username'], username)
    if (uid === 0)
      yield {
        path: [...path, 'uid'],
        why: 'a user needs a uid, and 0 belongs to root',
        fix: 'write a number above 0, such as 65532',
      }
    for (const [key, value] of Object.entries({ homedir, shell }))
      if (value !== '' && (!isAbsolute(value) || /[:\n]/.test(value))) yield absolute([...path, key], value)
  }
  for (const [index, { groupname, members }] of accounts.groups.entries()) {
    const path = ['accounts', 'groups', index]
    if (!ACCOUNT_NAME.test(groupname)) yield named([...path, 'groupname'], groupname)
    const stranger = members.find((member) => !ACCOUNT_NAME.test(member))
    if (stranger !== undefined) yield named([...path, 'members'], stranger)
  }
}

function* archFaults({ archs }: ImageFile): Generator<Fault> {
  for (const [index, arch] of archs.entries()) {
    if (ARCH_SPELLINGS.has(arch) || arch === 'all' || arch === 'host') continue
    const near = nearestName(arch, ARCH_SPELLINGS.keys())
    yield {
      path: ['archs', index],
      why: `there is no architecture ${shown(arch)}`,
      fix:
        near === undefined
          ? `known: ${[...ARCH_SPELLINGS.keys()].sort().join(', ')}`
          : `did you mean ${near}?`,
    }
  }
}

function* pathFaults(entry: PathEntry, path: readonly PropertyKey[]): Generator<Fault> {
  if (!isAbsolute(entry.path)) yield absolute([...path, 'path'], entry.path)
  if (entry.type === '')
    yield { path, why: 'type is missing', fix: 'write type: directory, or another of apko’s types' }
  const linked = entry.type === 'symlink' || entry.type === 'hardlink'
  if (linked && entry.source === '')
    yield { path, why: `a ${entry.type} needs a source`, fix: 'add source: and what it leads to' }
  if (entry.type === 'hardlink' && entry.source !== '' && !isAbsolute(entry.source))
    yield absolute([...path, 'source'], entry.source)
  if (entry.type === 'permissions' && entry.permissions === undefined)
    yield { path, why: 'permissions is missing', fix: 'write permissions: 0o755, or others' }
  if ((entry.permissions ?? 0) > 0o7777)
    yield {
      path: [...path, 'permissions'],
      why: `${entry.permissions} is more than 0o7777`,
      fix: 'write it in octal: 0o755',
    }
}

/** Absolute, and without parts that lead upwards. */
function isAbsolute(path: string): boolean {
  return path.startsWith('/') && !path.includes('\0') && !path.split('/').includes('..')
}

function absolute(path: readonly PropertyKey[], found: string): Fault {
  return {
    path,
    why: `expected an absolute path without .., found ${shown(found)}`,
    fix: 'begin it with /',
  }
}
