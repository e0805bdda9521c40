// SPDX-License-Identifier: Apache-2.0
import { isBelow, pathLint } from '../path-lint.ts'

/** Nothing lies in `/dev`: device nodes are made by the kernel and by the host, and what a package puts there is covered when `/dev` is mounted. */
export const dev = pathLint({ noun: 'file in /dev', nouns: 'files in /dev', isWrong: isBelow('dev') })
