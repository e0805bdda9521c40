// SPDX-License-Identifier: Apache-2.0
import type { OpenLint } from '../lint.ts'

/** There is something beside directories. Off by default: a package that only depends on others is empty on purpose. */
export const empty: OpenLint = () => {
  let isEmpty = true
  return {
    entry: ({ path, type }) => {
      if (type !== 'directory' && !path.startsWith('var/lib/db/sbom/')) isEmpty = false
      return undefined
    },
    finish: () => (isEmpty ? { what: 'is empty', places: [] } : undefined),
  }
}
