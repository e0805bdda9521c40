// SPDX-License-Identifier: Apache-2.0
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ApkRecord, parseApkIndex, readApkIndex } from '../apk/index.ts'
import { collectBytes } from '../archive/index.ts'
import { exists, type Http, isSystemError, MillraceError, redactUrl } from '../base/index.ts'
import type { LockableRepository } from '../image/index.ts'
import { repositoryApks } from './apk-sources.ts'

const INDEX_BYTES = 300 * 1024 * 1024

/**
 * A repository as a person names it: `[@TAG ]PLACE`, where PLACE is a URL or a directory with a directory for each arch. Signatures are not looked at: nothing of it is run.
 *
 * @throws MillraceError NOT_FOUND, FETCH_FAILED, INDEX_INVALID, OFFLINE
 */
export async function openRepository(
  http: Http,
  named: string,
  arch: string,
  signal: AbortSignal,
): Promise<LockableRepository> {
  const [, tag, place = named] = /^(?:@(\S+) +)?(\S.*)$/.exec(named) ?? []
  const url = place.replace(/\/+$/, '')
  const packages = /^https?:\/\//.test(url)
    ? await fetchIndex(http, `${url}/${arch}/APKINDEX.tar.gz`, signal)
    : await readIndexFile(await indexPathOf(url, arch))
  const find = repositoryApks(http, url, arch, signal)
  return {
    name: named,
    url,
    packages,
    ...(tag === undefined ? {} : { tag }),
    open: async ({ name, version }) => {
      const apk = await find(`${name}-${version}`)
      if (apk !== undefined) return apk.open()
      throw new MillraceError('NOT_FOUND', {
        what: `reading ${name}-${version}.apk of ${redactUrl(url)}`,
        why: 'the index names it, and it is not there',
        fix: 'publish the package again, or make the index anew',
      })
    },
  }
}

/** An index by itself: `APKINDEX.tar.gz`, or the text inside one. @throws MillraceError NOT_FOUND, INDEX_INVALID, ARCHIVE_INVALID */
export async function readIndexFile(path: string): Promise<ApkRecord[]> {
  try {
    const what = `reading ${path}`
    const bytes = await collectBytes(createReadStream(path), INDEX_BYTES, what)
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
    return isGzip ? await readApkIndex(bytes, what) : parseApkIndex(Buffer.from(bytes).toString('utf8'), what)
  } catch (cause) {
    if (!isSystemError(cause, 'ENOENT', 'ENOTDIR', 'EISDIR')) throw cause
    throw new MillraceError('NOT_FOUND', {
      what: `reading the index ${path}`,
      why: 'there is no such file',
      fix: 'give a directory that has ARCH/APKINDEX.tar.gz, or the file itself with --index',
      cause,
    })
  }
}

/** A public key at a URL or a path. */
export async function readKey(http: Http, place: string, signal: AbortSignal): Promise<string> {
  if (!/^https?:\/\//.test(place)) return readFile(place, 'utf8')
  const { status, body } = await http.get(place, { signal, maxBytes: 1024 ** 2 })
  if (status !== 200) throw notFetched(place, status)
  return Buffer.from(await collectBytes(body, 1024 ** 2, place)).toString('utf8')
}

async function fetchIndex(http: Http, url: string, signal: AbortSignal): Promise<ApkRecord[]> {
  const { status, body, discard } = await http.get(url, { signal, maxBytes: INDEX_BYTES })
  if (status === 200)
    return readApkIndex(await collectBytes(body, INDEX_BYTES, url), `reading ${redactUrl(url)}`)
  discard()
  throw notFetched(url, status)
}

async function indexPathOf(directory: string, arch: string): Promise<string> {
  const plain = join(directory, 'APKINDEX.tar.gz')
  const ofArch = join(directory, arch, 'APKINDEX.tar.gz')
  return !(await exists(ofArch)) && (await exists(plain)) ? plain : ofArch
}

function notFetched(url: string, status: number): MillraceError {
  return new MillraceError('FETCH_FAILED', {
    what: `fetching ${redactUrl(url)}`,
    why: `the server answered ${status}`,
    fix: 'look at the URL of the repository: it is what stands before the arch',
  })
}
