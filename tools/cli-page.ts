// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { fixedClock } from '../src/base/index.ts'
import { makeProgram } from '../src/cli/index.ts'

/** `docs/cli.md`: every command's `--help`, as it is printed. */
export async function cliPage(): Promise<string> {
  const program = await makeProgram({
    stdout: process.stdout,
    stderr: process.stderr,
    signal: new AbortController().signal,
    clock: fixedClock(0),
  })
  const commands = program.commands.map((command) => `## millrace ${command.name()}\n\n${helpOf(command)}`)
  return `# The command line

\`bin/millrace.js\` is the command in a checkout; it finds a Node that is new enough by itself. Exit codes are listed in [errors.md](errors.md).

${helpOf(program)}

${commands.join('\n\n')}
`
}

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut: (part) => {
      text += part
    },
    getOutHasColors: () => false,
  })
  command.outputHelp()
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``
}
