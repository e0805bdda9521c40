#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Millrace needs Node 24 or newer. Started by an older one, it goes on under the Node that npm installed beside it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const own = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url))
const installed = fileURLToPath(new URL('../node_modules/commander', import.meta.url))

if (!existsSync(installed)) {
  console.error(
    'error TOOL_MISSING\n  what  starting millrace\n  why   its npm packages are not installed\n  fix   run npm start (or node tools/setup.mjs) in the checkout',
  )
  process.exit(6)
}
if (Number(process.versions.node.split('.')[0]) >= 24) {
  // Compiled code is kept, which halves the start; where it cannot be written, nothing is.
  module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/millrace', import.meta.url)))
  const { main } = await import('../src/cli/main.ts')
  await main(process.argv.slice(2))
} else {
  const self = fileURLToPath(import.meta.url)
  const child = spawn(own, [self, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(
      `error TOOL_MISSING\n  what  starting ${own}\n  why   ${error.message}\n  fix   run npm start, which installs Node 24, or use Node 24 yourself`,
    )
    process.exit(6)
  })
  child.on('exit', (code, signal) =>
    process.exit(signal === null ? code : 128 + (constants.signals[signal] ?? 0)),
  )
}
