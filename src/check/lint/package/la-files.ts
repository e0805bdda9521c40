// SPDX-License-Identifier: Apache-2.0
import { hasExtension, pathLint } from '../path-lint.ts'

/** No libtool archives, `.la`: they pull every library's own libraries into each link, and name directories of the build. */
export const laFiles = pathLint({ noun: 'libtool archive', isWrong: hasExtension('.la') })
