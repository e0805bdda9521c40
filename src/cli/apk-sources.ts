// SPDX-License-Identifier: Apache-2.0
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { exists, type Http, isSystemError, MillraceError, redactUrl } from '../base/index.ts'
import type { ScannableApk } from '../build/index.ts'
import type { Facts } from '../factory/index.ts'
import { readChannel } from '../repository/index.ts'

/** Looks a package up by its stem, `NAME-VERSION`; undefined when it is not there. */
export type FindApk = (stem: string) => Promise<ScannableApk | undefined>

/** A file of this machine; reading it throws MillraceError NOT_FOUND when it cannot be read. */
export function apkFile(path: string): ScannableApk {
  return { name: path, open: () => readApkFile(path) }
}

async function* readApkFile(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 256 * 1024 })
  } catch (cause) {
    if (!isSystemError(cause)) throw cause
    throw new MillraceError('NOT_FOUND', {
      what: `reading ${path}`,
      why: cause.code === 'ENOENT' ? 'there is no such file' : cause.message,
      fix: 'give the path of an .apk file that you may read',
      cause,
    })
  }
}

/** Packages that the distro's own edge channel offers. */
export async function edgeApks(f: Facts, arch: string): Promise<FindApk> {
  const { apks } = await readChannel(f.database, 'edge', arch)
  const files = new Map(apks.map(({ record, file }) => [`${record.name}-${record.version}`, file]))
  return async (stem) => {
    const file = files.get(stem)
    return file === undefined ? undefined : { name: `${stem}.apk of edge`, open: () => f.store.read(file) }
  }
}

/** Packages of an apk repository, whose packages lie in a directory for each arch: at a URL, or on this machine (there also in the directory itself). */
export function repositoryApks(http: Http, repository: string, arch: string, signal: AbortSignal): FindApk {
  if (!/^https?:\/\//.test(repository))
    return async (stem) => {
      const places = [join(repository, arch, `${stem}.apk`), join(repository, `${stem}.apk`)]
      for (const place of places) if (await exists(place)) return apkFile(place)
      return undefined
    }
  return async (stem) => {
    const url = `${repository.replace(/\/+$/, '')}/${arch}/${stem}.apk`
    const { status, body, discard } = await http.get(url, { signal })
    if (status === 200) return { name: redactUrl(url), open: () => body }
    discard()
    if (status === 404) return undefined
    throw new MillraceError('FETCH_FAILED', {
      what: `fetching ${redactUrl(url)}`,
      why: `the server answered ${status}`,
      fix: 'look at the URL of the repository: it is what stands before the arch',
    })
  }
}
