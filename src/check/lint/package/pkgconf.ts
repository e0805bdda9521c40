// SPDX-License-Identifier: Apache-2.0
import { testedBy } from './tested-by.ts'

/** Where there are files for pkg-config, a test of the package sees whether it takes them. */
export const pkgconf = testedBy({
  noun: 'file for pkg-config',
  nouns: 'files for pkg-config',
  isWanting: ({ path }) => /^usr\/(?:lib|share)\/pkgconfig\//.test(path),
  pipelines: ['test/pkgconf'],
})
