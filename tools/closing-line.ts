// SPDX-License-Identifier: Apache-2.0
import type { Reporter, TestModule } from 'vitest/node'

/** Closes a test run with each skip's reason and one plain line that a machine can read. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0 }
    for (const module of modules) {
      const broken = module.errors().length
      if (broken > 0) count.failed += broken
      for (const test of module.children.allTests()) {
        const result = test.result()
        if (result.state === 'pending') continue
        count[result.state] += 1
        if (result.state === 'skipped')
          console.log(`skipped: ${test.fullName}${reasonOf(test.fullName, result.note)}`)
      }
    }
    console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
  }
}

/** A test is skipped with a note, or says why in its name; both are shown once. */
function reasonOf(name: string, note: string | undefined): string {
  if (note !== undefined) return `: ${note}`
  return /\(skipped: .+\)/.test(name) ? '' : ': no reason was given'
}
