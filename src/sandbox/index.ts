// SPDX-License-Identifier: Apache-2.0
/**
 * Sealed places to run commands in: package trees unpacked once and laid over each other, a user, process and network namespace around each command, limits on what it takes, and the safe reading of
 * what it leaves. Trades and the factory import it; it imports base, archive and apk. Linux only, not even root is needed: namespaces(7), overlayfs, bubblewrap, cgroups(7).
 * How it holds together, and why so, is in docs/decisions/0003-sandbox.md.
 */
export type { SandboxCommand } from './commands.ts'
export { type Environment, type EnvironmentPackage, prepareEnvironment } from './environment.ts'
export {
  DEFAULT_LIMITS,
  type Identity,
  type Mount,
  type SandboxLimits,
  type SandboxOptions,
} from './options.ts'
export { describeOutcome, type SandboxOutcome } from './outcome.ts'
export { probeSandbox, type SandboxProbe } from './probe.ts'
export type { SandboxRun } from './run.ts'
export { openSandbox, type Sandbox } from './sandbox.ts'
export { measureDirectory, removeSandbox, sweepSandboxes } from './sweep.ts'
export { openTreeStore, type TreeStore } from './trees.ts'
export { type OddEntry, type TreeEntry, walkTree } from './walk-tree.ts'
