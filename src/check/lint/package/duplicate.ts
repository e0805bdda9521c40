// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { formatBytes, formatCount } from '../../../base/index.ts'
import { licenseFileWeight } from '../../license/file-names.ts'
import type { OpenLint } from '../lint.ts'

/** Copies of less are not worth a link. */
const LEAST_BYTES = 1024

interface Copies {
  readonly name: string
  readonly sizeBytes: number
  readonly paths: string[]
}

/** No file of 1 KiB or more is there twice under one name: a link would do. Licenses may be, as each belongs to what it stands beside; a hard link is the same file. */
export const duplicate: OpenLint = () => {
  const byContent = new Map<string, Copies>()
  return {
    entry: ({ path, type, sizeBytes, sha1 }) => {
      const name = posix.basename(path)
      if (type !== 'file' || sizeBytes < LEAST_BYTES || licenseFileWeight(name, 'deep') !== null)
        return undefined
      const count = (digest: string) => {
        const key = `${digest} ${name}`
        const copies = byContent.get(key)
        if (copies === undefined) byContent.set(key, { name, sizeBytes, paths: [path] })
        else copies.paths.push(path)
      }
      if (sha1 !== undefined) {
        count(sha1)
        return undefined
      }
      const hash = createHash('sha1')
      return { chunk: (bytes) => hash.update(bytes), end: () => count(hash.digest('hex')) }
    },
    finish: () => {
      const sets = [...byContent.values()]
        .filter(({ paths }) => paths.length > 1)
        .sort((a, b) => wastedOf(b) - wastedOf(a))
      if (sets.length === 0) return undefined
      const wasted = sets.reduce((sum, copies) => sum + wastedOf(copies), 0)
      return {
        what: `has ${formatCount(sets.length, 'file', 'files')} more than once; the copies take ${formatBytes(wasted)}`,
        places: sets.flatMap(({ paths: [first = '', ...others] }) =>
          others.sort().map((path) => ({ path, note: `the same as ${first}` })),
        ),
        details: {
          total_duplicate_sets: sets.length,
          total_wasted_bytes: wasted,
          total_wasted_size: formatBytes(wasted),
          duplicates: sets.map((copies) => ({
            basename: copies.name,
            count: copies.paths.length,
            size_bytes: copies.sizeBytes,
            size: formatBytes(copies.sizeBytes),
            wasted_bytes: wastedOf(copies),
            wasted_size: formatBytes(wastedOf(copies)),
            paths: copies.paths.toSorted(),
          })),
        },
      }
    },
  }
}

const wastedOf = ({ sizeBytes, paths }: Copies) => sizeBytes * (paths.length - 1)
