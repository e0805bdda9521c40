// SPDX-License-Identifier: Apache-2.0
// Runs every test, prints why each skipped one was skipped, and closes on the plain line `N passed, N failed, N skipped`.
//   node tools/test.mjs [vitest's own arguments, such as a file name]
import { spawn } from 'node:child_process'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where tools/setup.mjs puts the programs that it builds for tests. */
const tools = join(process.env.MILLRACE_TOOLS ?? join(homedir(), '.cache', 'millrace', 'tools'), 'bin')
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const node = join(ROOT, 'node_modules', 'node', 'bin', 'node')
const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
const reporters = ['--reporter=default', `--reporter=${join(ROOT, 'tools', 'closing-line.ts')}`]
const child = spawn(node, [vitest, 'run', ...reporters, ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${process.env.PATH}${delimiter}${tools}` },
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => process.exit(code ?? 1))
