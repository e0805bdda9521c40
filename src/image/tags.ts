// SPDX-License-Identifier: Apache-2.0
import type { OfferedApk } from '../repository/index.ts'
import { imageInvalid } from './invalid.ts'
import type { ImageDefinition } from './read-definition.ts'

/** The version of the package that names an image's version; '' when no package does. @throws MillraceError IMAGE_INVALID when the package is not in the image. */
export function versionOf(definition: ImageDefinition, packages: readonly OfferedApk[]): string {
  const { versionOf: wanted } = definition.sheet
  if (wanted === null) return ''
  const found = packages.find(({ record }) => record.name === wanted)
  if (found !== undefined) return found.record.version
  throw imageInvalid(
    `finding the version of the image ${definition.name}`,
    `it takes its version from ${wanted}, which is not among its packages`,
    'name one of its packages in version-of',
    { file: definition.file.replace(/\.yaml$/, '.test.yaml') },
  )
}

/** `8.11.0-r2` → `8.11.0-r2`, `8.11.0`, `8.11`, `8`; then the tags that the sheet names. */
export function tagsOf(definition: ImageDefinition, version: string): string[] {
  const upstream = version.replace(/-r\d+$/, '')
  const numbers = /^\d+(\.\d+)*/.exec(upstream)?.[0].split('.') ?? []
  const shorter = numbers.map((_, index) => numbers.slice(0, numbers.length - index).join('.'))
  const versions = version === '' ? [] : [version, upstream, ...shorter]
  // A version may have characters that no tag has.
  const tags = versions.map((tag) => tag.replace(/[^\w.-]/g, '-'))
  return [...new Set([...tags, ...definition.sheet.tags])]
}

/** The order in which tags are shown: the fullest version first, words such as `latest` last. */
export function versionsFirst(a: string, b: string): number {
  const isWord = (tag: string) => (/^\d/.test(tag) ? 0 : 1)
  return isWord(a) - isWord(b) || b.length - a.length || (a < b ? -1 : 1)
}
