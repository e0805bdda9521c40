// SPDX-License-Identifier: Apache-2.0
import { type Exited, redactText, stripControls } from '../../base/index.ts'

/** Why git could not get something. */
export interface GitTrouble {
  readonly kind: /** The host does not answer: others of the same host need not be tried now. */
    | 'unreachable'
    /** It may go well the next time. */
    | 'passing'
    /** It will not go well, however often it is tried. */
    | 'lasting'
    /** What came is not what git takes for a sound repository. */
    | 'hostile'
    /** The server knows no shallow fetches: the whole history must come. */
    | 'not-shallow'
  /** git's own words, without control characters and credentials. */
  readonly words: string
}

/** Judges a git that failed by what it said, in the words of git 2.29 to 2.51 under LC_ALL=C. */
export function troubleOf(exited: Exited): GitTrouble {
  const words = wordsOf(exited)
  const kind = KINDS.find(([, pattern]) => pattern.test(exited.stderr))?.[0]
  return { kind: kind ?? 'passing', words }
}

const KINDS: readonly (readonly [GitTrouble['kind'], RegExp])[] = [
  [
    'hostile',
    /^(?:remote: )?(?:error|fatal): (?:object [0-9a-f]{40}|fsck error|invalid (?:blob|tree|object)|missing blob object|pack has bad|SHA-?1 (?:COLLISION|.*collision attack))/im,
  ],
  [
    'not-shallow',
    /does not support (?:shallow|--depth)|shallow capabilities|dumb http transport does not support/i,
  ],
  [
    'unreachable',
    /Could not resolve (?:host|hostname|proxy)|Failed to connect|Couldn't connect|Connection refused|Connection timed out|No route to host|Network is unreachable|unable to look up|unable to connect to/i,
  ],
  [
    'lasting',
    /couldn't find remote ref|not our ref|unadvertised object|does not appear to be a git repository|repository '.*' not found|Repository not found|transport '.*' not allowed|Authentication failed|could not read (?:Username|Password)|Permission denied|dubious ownership|error: 40[0-9]\b|not valid: is this a git repository|no such remote/i,
  ],
]

function wordsOf({ stderr, stdout, timedOut, signal, code }: Exited): string {
  const ending = timedOut
    ? 'ran out of time'
    : signal === null
      ? `git ended with code ${code}`
      : `git was ended by ${signal}`
  const lines = `${stderr}\n${stdout}`
    .split(/[\n\r]/)
    .map((line) => stripControls(line).trim())
    .filter((line) => /^(?:remote: )?(?:error|fatal|warning|ERROR)\b/i.test(line))
    .map((line) => line.replace(/^(?:fatal|error): /, ''))
  const words = [...new Set(lines)].slice(0, 3).join(' · ').slice(0, 500)
  return redactText(timedOut || words === '' ? [ending, words].filter(Boolean).join(': ') : words)
}
