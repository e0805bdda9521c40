// SPDX-License-Identifier: Apache-2.0
import type { FailureClass } from './failure-class.ts'
import { FAULT_RULES, type FaultRule, SUSPICIOUS, type WantedKind } from './fault-rules.ts'

/** What a program missed, by the name it asked for. */
export interface Wanted {
  readonly kind: WantedKind
  readonly name: string
}

/** What the output of a program says of why it failed. */
export interface Fault {
  /** The line that says it best. */
  readonly line: string
  /** Null when no rule knows the line. */
  readonly class: FailureClass | null
  readonly wanted: Wanted | null
}

/** Hears a program's output as it comes, however long it is, and remembers only what may be told. */
export interface FaultFinder {
  hear(line: string): void
  /**
   * Null when nothing was said. A cause goes before a failure, and the first of each before those that follow from it; of hints, and of lines nobody knows, the last counts.
   *
   * @param code the exit code: 127 is a shell's for a command that is not there (POSIX, 2.8.2)
   */
  fault(code: number): Fault | null
}

/** What only passes on that something failed: make's and ninja's last words. */
const ECHOES =
  /^(?:make|gmake|ninja)(?:\[\d+\])?: (?!\*\*\* (?:No |missing)|[\w.+-]+: No such file)|^collect2: |\bcompilation terminated\b|^FAILED: |^ninja: build stopped/

const MAX_LINE_CHARS = 500

export function openFaultFinder(rules: readonly FaultRule[] = FAULT_RULES): FaultFinder {
  let cause: Fault | null = null
  let failure: Fault | null = null
  let hint: Fault | null = null
  let missingCommand: Fault | null = null
  let lastWords: string | null = null
  let lastEcho: string | null = null
  let heading: { readonly line: string; readonly rule: FaultRule } | null = null

  const note = (rule: FaultRule, fault: Fault) => {
    if (fault.wanted?.kind === 'cmd') missingCommand = fault
    if (rule.strength === 'cause') cause ??= fault
    else if (rule.strength === 'failure') failure ??= fault
    else hint = fault
  }
  return {
    hear: (raw) => {
      const line = raw.trimEnd().slice(0, MAX_LINE_CHARS)
      if (line.trim() === '') return
      const isEcho = ECHOES.test(line)
      if (isEcho) lastEcho = line.trim()
      else lastWords = line.trim()
      const found = SUSPICIOUS.test(line) && !isEcho ? ruleFor(rules, line) : undefined
      if (heading !== null) {
        // What stands below a heading may name the fault itself.
        if (found?.rule.strength !== 'cause')
          note(heading.rule, faultOf(heading.rule, `${heading.line} ${line.trim()}`, undefined))
        heading = null
      }
      if (found === undefined) return
      if (found.rule.continues) heading = { line: line.trim(), rule: found.rule }
      else note(found.rule, faultOf(found.rule, line.trim(), found.wanted))
    },
    fault: (code) => {
      if (heading !== null) note(heading.rule, faultOf(heading.rule, heading.line, undefined))
      const decisive = code === 127 ? missingCommand : null
      const last = lastWords ?? lastEcho
      return (
        decisive ??
        cause ??
        failure ??
        hint ??
        (last === null ? null : { line: last, class: null, wanted: null })
      )
    },
  }
}

function ruleFor(
  rules: readonly FaultRule[],
  line: string,
): { readonly rule: FaultRule; readonly wanted: string | undefined } | undefined {
  for (const rule of rules) {
    const match = rule.pattern.exec(line)
    if (match !== null) return { rule, wanted: match.groups?.['wanted'] }
  }
  return undefined
}

function faultOf(rule: FaultRule, line: string, wanted: string | undefined): Fault {
  return {
    line,
    class: rule.class,
    wanted: rule.wants === undefined || wanted === undefined ? null : { kind: rule.wants, name: wanted },
  }
}
