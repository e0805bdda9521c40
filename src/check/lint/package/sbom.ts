// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path'
import { pathLint } from '../path-lint.ts'

/** Nothing but SPDX documents lies in `/var/lib/db/sbom`, where whoever builds the package describes it. */
export const sbom = pathLint({
  noun: 'file in /var/lib/db/sbom that is no SPDX document',
  nouns: 'files in /var/lib/db/sbom that are no SPDX documents',
  isWrong: ({ path }) => posix.dirname(path) === 'var/lib/db/sbom' && !path.endsWith('.spdx.json'),
})
