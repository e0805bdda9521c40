// SPDX-License-Identifier: Apache-2.0
import { testedBy } from './tested-by.ts'

/** Where there are shared objects, a test of the package sees whether their libraries are found. */
export const lddCheck = testedBy({
  noun: 'shared object',
  nouns: 'shared objects',
  isWanting: ({ path }) => /\.so(?:\.\d+)*$/.test(path),
  pipelines: ['test/ldd-check', 'test/tw/ldd-check'],
})
