// SPDX-License-Identifier: Apache-2.0
import { nearestName } from '../base/index.ts'
import type { ImageFile } from './definition-schema.ts'
import { imageInvalid } from './invalid.ts'
import { Occupied, type TopTree } from './top-tree.ts'

interface PasswdRow {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
}

/**
 * Writes the accounts of an image (apko.md §5): users and groups behind those that packages brought, a locked row in shadow for each user, and a home directory for every user
 * that has none yet.
 */
export function writeAccounts(tree: TopTree, { users, groups }: ImageFile['accounts']): void {
  if (groups.length > 0)
    appendRows(
      tree,
      'etc/group',
      groups.map(({ groupname, gid, members }) => `${groupname}:x:${gid}:${members.join(',')}`),
      0o644,
    )
  if (users.length > 0) {
    appendRows(
      tree,
      'etc/passwd',
      users.map(
        ({ username, uid, gid, homedir, shell }) =>
          `${username}:x:${uid}:${gid ?? uid}:Account created by Millrace:${homedir || `/home/${username}`}:${shell || '/bin/sh'}`,
      ),
      0o644,
    )
    appendRows(
      tree,
      'etc/shadow',
      users.map(({ username }) => `${username}:!:::::::`),
      0o640,
    )
  }
  for (const row of passwdRows(tree)) makeHome(tree, row)
}

/** The numeric uid that an image runs as; '' when it says nothing. @throws MillraceError IMAGE_INVALID for a user that the image does not have. */
export function runAsUid(
  tree: TopTree,
  name: string,
  runAs: string,
  at: Parameters<typeof imageInvalid>[3],
): string {
  if (runAs === '' || /^\d+$/.test(runAs)) return runAs
  const rows = passwdRows(tree)
  const row = rows.find((one) => one.name === runAs)
  if (row !== undefined) return String(row.uid)
  const near = nearestName(
    runAs,
    rows.map((one) => one.name),
  )
  throw imageInvalid(
    `finding the user that ${name} runs as`,
    `its /etc/passwd has no user ${JSON.stringify(runAs)}`,
    near === undefined ? 'add the user to accounts.users, or write its uid' : `did you mean ${near}?`,
    at,
  )
}

function passwdRows(tree: TopTree): PasswdRow[] {
  return (tree.text('etc/passwd') ?? '').split('\n').flatMap((line) => {
    const [name = '', , uid = '', gid = '', , home = ''] = line.split(':')
    return /^\d+$/.test(uid) && /^\d+$/.test(gid) ? [{ name, uid: Number(uid), gid: Number(gid), home }] : []
  })
}

function appendRows(tree: TopTree, path: string, rows: readonly string[], mode: number): void {
  const before = tree.text(path) ?? ''
  const whole = before === '' || before.endsWith('\n') ? before : `${before}\n`
  tree.file(path, { text: `${whole}${rows.join('\n')}\n` }, { mode })
}

/** Homes that say that there is none. */
const NO_HOMES = new Set(['', '/', '/dev/null', '/nonexistent'])

/** A home below /home that a package made is given to its user: packages' files are root's in a layer, and a home that its user cannot enter is none. */
function makeHome(tree: TopTree, { uid, gid, home }: PasswdRow): void {
  if (NO_HOMES.has(home) || !home.startsWith('/')) return
  const before = tree.target(home)
  if (before?.type === 'directory' && before.uid === 0 && /^\/home\/[^/]+$/.test(home)) {
    tree.setAttributes(home, { uid, gid })
    return
  }
  if (before !== undefined) return
  try {
    tree.directory(home, { mode: 0o700, uid, gid })
  } catch (error) {
    // A home that leads nowhere is the package's mistake, and no reason to have no image.
    if (!(error instanceof Occupied)) throw error
  }
}
