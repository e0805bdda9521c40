// SPDX-License-Identifier: Apache-2.0
import { formatInstalled, type InstalledEntry } from '../apk/index.ts'
import { gzipSmall, TAR_END, tarEntry, tarHeader, tarPadding } from '../archive/index.ts'
import { canonicalJson, type Digest, digestOf, type Json } from '../base/index.ts'
import type { BlobStore } from '../store/index.ts'
import { runAsUid, writeAccounts } from './accounts.ts'
import { applyPaths } from './apply-paths.ts'
import { linkBusybox } from './busybox-links.ts'
import type { ImageFile } from './definition-schema.ts'
import type { StoredLayer } from './layer-rows.ts'
import { writeLoaderCache } from './loader-cache.ts'
import { lostPaths, type MergedEntry, type MergedTree, type PackedApk } from './merged-tree.ts'
import type { TreeEntry } from './package-tree.ts'
import type { ImagePlan } from './plan.ts'
import { readPackageFiles } from './read-package.ts'
import { type TopEntry, TopTree } from './top-tree.ts'

export interface TopLayer extends StoredLayer {
  /** The numeric uid that the image runs as; '' when it says nothing. */
  readonly user: string
  /** Whether there is a shell at /bin/sh. */
  readonly shell: boolean
  readonly installedBytes: number
}

/**
 * The layer that belongs to the image alone: apk's files, accounts, `paths`, and what packages' scripts would have made, none of which ever runs. The order is apko's (apko.md §3).
 *
 * @throws MillraceError IMAGE_INVALID, BLOB_MISSING
 */
export async function makeTopLayer(
  f: { readonly blobs: BlobStore },
  plan: ImagePlan,
  packages: readonly PackedApk[],
  merged: MergedTree,
): Promise<TopLayer> {
  const tree = new TopTree(merged)
  const { content, name, at } = plan.definition
  writeInitialTree(tree)
  writeApkFiles(tree, plan, installedDatabase(packages, merged))
  writeAccounts(tree, content.accounts)
  const user = runAsUid(tree, name, content.accounts['run-as'], at(['accounts', 'run-as']))
  tree.file('etc/apko.json', { text: effectiveConfig(plan, user) }, { mode: 0o444 })
  applyPaths(tree, content.paths, at)
  linkBusybox(tree, packages)
  writeLoaderCache(tree, plan.arch)
  if (tree.get('etc/os-release') === undefined) tree.file('etc/os-release', { text: OS_RELEASE })
  const entries = tree.topEntries()
  const tar = formatTar(entries, await contentsOf(f, entries))
  const bytes = gzipSmall(tar)
  const { digest, sizeBytes } = await f.blobs.putBytes(bytes)
  return {
    digest,
    diffId: digestOf(tar),
    sizeBytes,
    parts: [{ blob: digest, start: 0, end: sizeBytes }],
    user,
    shell: tree.target('bin/sh')?.type === 'file',
    installedBytes: tar.length,
  }
}

const OS_RELEASE = 'ID=millrace\nNAME="Millrace"\nPRETTY_NAME="Millrace"\n'

/** apko.md §4. There are no devices: container runtimes make their own, and unpacking them needs privileges. */
function writeInitialTree(tree: TopTree): void {
  const directories: readonly (readonly [string, number])[] = [
    ['tmp', 0o1777],
    ['dev', 0o755],
    ['etc', 0o755],
    ['opt', 0o755],
    ['proc', 0o555],
    ['usr', 0o755],
    ['var', 0o755],
    ['etc/apk', 0o755],
    ['etc/apk/keys', 0o755],
    ['usr/lib/apk', 0o755],
    ['usr/lib/apk/db', 0o755],
    ['usr/lib/apk/exec', 0o755],
    ['var/cache', 0o755],
    ['var/cache/apk', 0o755],
    ['var/cache/misc', 0o755],
  ]
  for (const [path, mode] of directories) if (tree.target(path) === undefined) tree.directory(path, { mode })
}

function writeApkFiles(
  tree: TopTree,
  { definition: { content }, packages, keys, arch }: ImagePlan,
  installed: string,
): void {
  const { contents } = content
  const lines = (values: readonly string[]) =>
    [...new Set(values)]
      .sort()
      .map((line) => `${line}\n`)
      .join('')
  const locked = packages.map(({ record }) => `${record.name}=${record.version}`)
  const repositories = [...contents.repositories, ...contents.runtime_repositories].map((line) =>
    line.replace(/\/$/, ''),
  )
  tree.file('etc/apk/world', { text: lines(locked) })
  tree.file('etc/apk/repositories', { text: lines(repositories) })
  tree.file('etc/apk/arch', { text: `${arch}\n` })
  for (const { name, pem } of keys) tree.file(`etc/apk/keys/${name}`, { text: pem })
  for (const { name, content: pem } of contents.runtime_keyring)
    tree.file(`etc/apk/keys/${name}`, { text: pem })
  tree.file('usr/lib/apk/db/installed', { text: installed })
  tree.file('usr/lib/apk/db/triggers', { text: '' })
  tree.file('usr/lib/apk/db/scripts.tar', { text: TAR_END })
  tree.file('usr/lib/apk/db/lock', { text: '' }, { mode: 0o600 })
  if (tree.get('lib/apk') === undefined) tree.symlink('lib/apk', '../usr/lib/apk')
}

/** What apk finds installed. Files that another package's stand over are not told of (apk-v2.md §7). */
function installedDatabase(packages: readonly PackedApk[], { overlaps }: MergedTree): string {
  const lost = lostPaths(overlaps)
  return packages
    .map(({ apk, tree }) => {
      const hidden = lost.get(apk.file)
      const shown = hidden === undefined ? tree.entries : tree.entries.filter(({ path }) => !hidden.has(path))
      return formatInstalled(apk.record, shown.map(installedEntry))
    })
    .join('')
}

function installedEntry({ sha1, ...entry }: TreeEntry): InstalledEntry {
  return { ...entry, pax: sha1 === '' ? NO_RECORDS : new Map([['APK-TOOLS.checksum.SHA1', sha1]]) }
}

const NO_RECORDS: ReadonlyMap<string, string> = new Map()

/** The definition as it was carried out: packages locked, the user numeric. */
function effectiveConfig({ definition: { content }, packages, arch }: ImagePlan, user: string): string {
  const contents: ImageFile['contents'] = {
    ...content.contents,
    packages: packages.map(({ record }) => `${record.name}=${record.version}`).sort(),
  }
  const accounts = { ...content.accounts, 'run-as': user }
  return `${canonicalJson({ ...content, contents, accounts, archs: [arch] } as unknown as Json)}\n`
}

/** The bytes of every file, by its path in the image; packages whose files are repeated are read once each. */
async function contentsOf(
  f: { readonly blobs: BlobStore },
  entries: readonly TopEntry[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const wanted = new Map<PackedApk, Set<string>>()
  const from = new Map<string, MergedEntry>()
  const contents = new Map<string, Uint8Array>()
  for (const { path, content } of entries) {
    if (content === null) continue
    if ('text' in content) contents.set(path, Buffer.from(content.text))
    else if (content.from.owner !== null) {
      const { owner } = content.from
      from.set(path, content.from)
      wanted.set(owner, (wanted.get(owner) ?? new Set()).add(bodyPath(content.from)))
    }
  }
  const read = new Map<Digest, ReadonlyMap<string, Uint8Array>>()
  for (const [{ apk }, paths] of wanted) read.set(apk.file, await readPackageFiles(f, apk, paths))
  for (const [path, entry] of from) {
    const bytes = entry.owner === null ? undefined : read.get(entry.owner.apk.file)?.get(bodyPath(entry))
    if (bytes === undefined) throw new Error(`the package of ${entry.path} does not have its bytes`)
    contents.set(path, bytes)
  }
  return contents
}

/** A hard link's bytes are those of the file it links to. */
function bodyPath({ type, path, linkTarget }: MergedEntry): string {
  return type === 'hardlink' ? linkTarget : path
}

/** Directories first, then the rest: so are packages packed, and so is this. */
function formatTar(entries: readonly TopEntry[], contents: ReadonlyMap<string, Uint8Array>): Buffer {
  const directories = entries.filter(({ type }) => type === 'directory')
  const rest = entries.filter(({ type }) => type !== 'directory')
  return Buffer.concat([
    ...[...directories, ...rest].flatMap((entry) => {
      const body = contents.get(entry.path) ?? new Uint8Array()
      const { path, type, mode, uid, gid, mtimeSec, linkTarget: linkPath } = entry
      // Names would win over numbers where they mean somebody else.
      const names = uid === 0 && gid === 0 ? {} : { uname: '', gname: '' }
      const head = tarEntry({
        path,
        type,
        mode,
        uid,
        gid,
        mtimeSec,
        linkPath,
        sizeBytes: body.length,
        ...names,
      })
      return [tarHeader(head), body, tarPadding(body.length)]
    }),
    TAR_END,
  ])
}
