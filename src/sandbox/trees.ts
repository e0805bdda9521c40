// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { apkInvalid, datahashOf, openApk } from '../apk/index.ts'
import { type Chunks, diskTree, extractTar } from '../archive/index.ts'
import { type Digest, digestHex, type Exec, exists } from '../base/index.ts'
import { publishDirectory } from './publish.ts'

/** Package trees on disk, each unpacked once and shared by every sandbox. */
export interface TreeStore {
  /**
   * The directory of a package's tree; unpacks it from the apk when it is not there yet. Calls for the same tree wait for one another.
   *
   * @throws MillraceError APK_INVALID when the package's data is not that of `datahash`; ARCHIVE_HOSTILE and what else its reading throws
   */
  ensure(datahash: Digest, what: string, openApkFile: () => Chunks): Promise<string>
}

/**
 * @param directory where trees are kept: `<hex of the datahash>/`. What an earlier process had half unpacked is removed.
 * @param options.shared another process works in it: what that one has half unpacked is left alone.
 */
export async function openTreeStore(
  f: { readonly exec: Exec },
  directory: string,
  options: { readonly shared?: boolean } = {},
): Promise<TreeStore> {
  await mkdir(directory, { recursive: true })
  for (const name of options.shared ? [] : await readdir(directory))
    if (name.includes('.')) await rm(join(directory, name), { recursive: true, force: true })
  const known = new Set<string>()
  const underWay = new Map<string, Promise<void>>()
  return {
    ensure: async (datahash, what, openApkFile) => {
      const place = join(directory, digestHex(datahash))
      if (known.has(place)) return place
      const running =
        underWay.get(place) ??
        unpackOnce(f, place, datahash, what, openApkFile).finally(() => underWay.delete(place))
      underWay.set(place, running)
      await running
      known.add(place)
      return place
    },
  }
}

async function unpackOnce(
  f: { readonly exec: Exec },
  place: string,
  datahash: Digest,
  what: string,
  openApkFile: () => Chunks,
): Promise<void> {
  if (await exists(place)) return
  const unfinished = `${place}.${randomBytes(4).toString('hex')}`
  await mkdir(unfinished, { mode: 0o755 })
  try {
    const apk = await openApk(openApkFile(), what)
    const found = datahashOf(apk.info, what)
    if (found !== datahash) throw apkInvalid(what, `its data is ${found}, expected was ${datahash}`)
    // apk-tools takes names with a leading dot at the top as control files, which are no part of the tree.
    await extractTar(apk.data, diskTree(unfinished), what, { take: (path) => !path.startsWith('.') })
    await publishDirectory(f, unfinished, place)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw error
  }
}
