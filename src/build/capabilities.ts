// SPDX-License-Identifier: Apache-2.0
import { MillraceError } from '../base/index.ts'
import type { PlannedOutput } from '../plan/index.ts'
import type { OutputEntry } from './output.ts'

/** Numbers of the capabilities that recipes may give to a file (linux/capability.h). */
const NUMBERS: Readonly<Record<string, number>> = {
  cap_net_bind_service: 10,
  cap_net_admin: 12,
  cap_net_raw: 13,
  cap_ipc_lock: 14,
  cap_sys_admin: 21,
}

/** VFS_CAP_REVISION_3, and the bit that makes permitted capabilities effective at once (linux/capability.h). */
const REVISION_3 = 0x03000000
const EFFECTIVE = 1

/**
 * Gives files the capabilities that a recipe sets: as an extended attribute of the package, since no build may set them itself.
 *
 * @throws MillraceError BUILD_FAILED when a file is not there, or a capability is none that recipes may give
 */
export function withCapabilities(entries: readonly OutputEntry[], output: PlannedOutput): OutputEntry[] {
  const wanted = new Map(output.setcap.map(({ path, add }) => [path.replace(/^\/+/, ''), add]))
  for (const path of wanted.keys())
    if (!entries.some((entry) => entry.path === path && entry.type === 'file'))
      throw refused(output, path, 'the build made no such file')
  return entries.map((entry) => {
    const add = wanted.get(entry.path)
    if (add === undefined) return entry
    const value = encodeCapabilities(add, (why) => refused(output, entry.path, why))
    return { ...entry, xattrs: new Map([['security.capability', value.toString('latin1')]]) }
  })
}

/**
 * The value of `security.capability`: revision 3, of the first user namespace (capabilities(7), "File capability extended attribute versioning").
 *
 * @param add `{ 'cap_net_raw,cap_net_admin': '+ep' }`
 */
export function encodeCapabilities(
  add: Readonly<Record<string, string>>,
  refuse: (why: string) => Error,
): Buffer {
  let [permitted, inheritable, effective] = [0, 0, 0]
  for (const [names, flags] of Object.entries(add)) {
    if (!/^[+=]?[eip]+$/.test(flags)) throw refuse(`the flags ${flags} are not of the form +ep`)
    for (const name of names.split(',').map((one) => one.trim())) {
      const number = NUMBERS[name]
      if (number === undefined) throw refuse(`${name} is none of ${Object.keys(NUMBERS).join(', ')}`)
      if (flags.includes('p')) permitted |= 1 << number
      if (flags.includes('i')) inheritable |= 1 << number
    }
    if (flags.includes('e')) effective = EFFECTIVE
  }
  const value = Buffer.alloc(24)
  value.writeUInt32LE(REVISION_3 + effective, 0)
  value.writeUInt32LE(permitted >>> 0, 4)
  value.writeUInt32LE(inheritable >>> 0, 8)
  return value
}

function refused({ name }: PlannedOutput, path: string, why: string): MillraceError {
  return new MillraceError('BUILD_FAILED', {
    what: `giving capabilities to ${path} of ${name}`,
    why,
    fix: 'correct package.setcap in the recipe',
  })
}
