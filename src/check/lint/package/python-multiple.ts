// SPDX-License-Identifier: Apache-2.0
import { extensionOf } from '../path-lint.ts'
import { pythonLint } from './python-packages.ts'

const NOT_COUNTED = new Set(['test', 'tests', 'doc', 'docs'])
const METADATA = new Set(['.egg-info', '.dist-info', '.pth'])

/** A package has one Python package: two are most often a dependency that pip brought along. Private modules, metadata, tests and documentation do not count, and a module is the same as the directory of its name. */
export const pythonMultiple = pythonLint((names) => {
  const counted = names.filter(
    (name) => !name.startsWith('_') && !NOT_COUNTED.has(name) && !METADATA.has(extensionOf(name)),
  )
  const packages = [...new Set(counted.map((name) => name.split('.', 1)[0] ?? ''))].filter(
    (name) => name !== '',
  )
  if (packages.length < 2) return undefined
  return {
    what: `has ${packages.length} Python packages: ${packages.join(', ')}`,
    places: [],
    details: { count: packages.length, packages: packages.map((name) => `"${name}"`) },
  }
})
