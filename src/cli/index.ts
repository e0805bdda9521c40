// SPDX-License-Identifier: Apache-2.0
/**
 * The command line: one file a command, and the renderers that show events as a picture, as lines or as JSON. No folder imports it; bin/millrace.js starts it, and tools show events with its renderer. It imports the factory and the server,
 * reads arguments, prints results, and sets the exit code by the table of errors.
 */
export { main, makeProgram } from './main.ts'
export { openRenderer } from './renderers/open-renderer.ts'
