// SPDX-License-Identifier: Apache-2.0
import { formatError, isMillraceError, withoutSecrets } from '../../base/index.ts'
import type { Paint } from './text.ts'

/** An error as the last thing a command says: the four lines of base/error.ts, the code in red, the fix in bold. */
export function renderError(error: unknown, paint: Paint): string {
  const [first = '', ...rest] = formatError(error).split('\n')
  const fixAt = rest.findLastIndex((line) => line.startsWith('  fix '))
  const body = rest.map((line, index) => {
    if (!isMillraceError(error)) return paint('dim', line)
    return fixAt >= 0 && index >= fixAt ? paint('bold', line) : line
  })
  const head = first.replace(/^error \S+/, (code) => paint(['bold', 'red'], code))
  return [head, ...body].join('\n')
}

/** The same for `--json`: one line with the four fields. */
export function renderErrorJson(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const shown = isMillraceError(error)
    ? error.toJSON()
    : {
        code: 'INTERNAL',
        what: 'running the command',
        why: withoutSecrets(text),
        fix: 'report this: it is a bug in Millrace',
      }
  return JSON.stringify({ error: shown })
}
