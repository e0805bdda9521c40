// SPDX-License-Identifier: Apache-2.0
import { hasExtension, pathLint } from '../path-lint.ts'

/** No object files, `.o`: what is between compiling and linking. */
export const object = pathLint({ noun: 'object file', isWrong: hasExtension('.o') })
