// SPDX-License-Identifier: Apache-2.0

/** What a compiler, linker or test says of the fault itself; the last one is nearest to the end that it caused. */
const FAULTS =
  /\b(?:fatal )?error\b\s*(?:\[\w+\])?:|\bundefined reference to\b|\bcannot find -l|\bTraceback \(most|\bpanicked at\b|^\s*\w*(?:Error|Exception): |\bNo such file or directory\b|\b(?:command )?not found\b|\bPermission denied\b|\bRead-only file system\b|\bNo space left on device\b|\bassertion .*failed\b|^(?:FAIL|FAILED|not ok)\b/i

/** What only passes on that something failed: make's and ninja's last words. */
const ECHOES = /^(?:make|gmake|ninja)(?:\[\d+\])?: |^collect2: |\bcompilation terminated\b|^FAILED: /

/** The line of an output that says best why its program failed; null when it said nothing. */
export function findErrorLine(lines: readonly string[]): string | null {
  const said = lines.map((line) => line.trim()).filter((line) => line !== '')
  const fault = said.findLast((line) => FAULTS.test(line) && !ECHOES.test(line))
  return fault ?? said.findLast((line) => !ECHOES.test(line)) ?? said.at(-1) ?? null
}
