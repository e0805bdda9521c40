// SPDX-License-Identifier: Apache-2.0

/** The transports of git's own that a source may come by (git(1), GIT_ALLOW_PROTOCOL). Programs of other names (`ext::`, `fd::`) are never among them. */
export const GIT_PROTOCOLS = ['https', 'http', 'git', 'ssh', 'file'] as const
export type GitProtocol = (typeof GIT_PROTOCOLS)[number]
