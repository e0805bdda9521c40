// SPDX-License-Identifier: Apache-2.0
import type { Identity } from './options.ts'

/** Directories that every environment has, parents first, with their modes. */
export function topDirectories(): [path: string, mode: number][] {
  return [
    ['dev', 0o755],
    ['etc', 0o755],
    ['home', 0o755],
    ['home/build', 0o755],
    ['proc', 0o755],
    ['root', 0o700],
    ['run', 0o755],
    ['sys', 0o755],
    ['tmp', 0o1777],
    ['var', 0o755],
    ['var/cache', 0o755],
    ['var/cache/melange', 0o755],
    ['var/tmp', 0o1777],
  ]
}

/** Files that every environment has: users by passwd(5) and group(5), and names that lead nowhere. */
export function topFiles({ uid, gid, hostname }: Identity): [path: string, text: string][] {
  const build = uid === 0 ? '' : `build:x:${uid}:${gid}:build:/home/build:/bin/sh\n`
  const buildGroup = gid === 0 ? '' : `build:x:${gid}:build\n`
  return [
    ['etc/passwd', `root:x:0:0:root:/root:/bin/sh\n${build}nobody:x:65534:65534:nobody:/:/bin/false\n`],
    ['etc/group', `root:x:0:\n${buildGroup}nogroup:x:65534:\n`],
    ['etc/hosts', `127.0.0.1 localhost ${hostname}\n::1 localhost\n`],
    ['etc/resolv.conf', ''],
  ]
}
