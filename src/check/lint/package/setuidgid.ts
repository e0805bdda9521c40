// SPDX-License-Identifier: Apache-2.0
import { modeLint } from './permissions.ts'

const BITS = [
  [0o4000, 'setuid'],
  [0o2000, 'setgid'],
  [0o1000, 'sticky'],
] as const

/** No regular file runs with the rights of its owner or group, whoever starts it. */
export const setuidgid = modeLint('setuid, setgid or sticky file', 'setuid, setgid or sticky files', (mode) =>
  BITS.flatMap(([bit, word]) => ((mode & bit) === 0 ? [] : [word])),
)
