// SPDX-License-Identifier: Apache-2.0
// Runs every test, prints why each skipped one was skipped, and closes on the plain line `N passed, N failed, N skipped`.
//   node tools/test.mjs [vitest's own arguments, such as a file name]
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const node = join(ROOT, 'node_modules', 'node', 'bin', 'node')
const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
const reporters = ['--reporter=default', `--reporter=${join(ROOT, 'tools', 'closing-line.ts')}`]
const child = spawn(node, [vitest, 'run', ...reporters, ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => process.exit(code ?? 1))
