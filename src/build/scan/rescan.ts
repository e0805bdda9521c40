// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { openApk, type PkgInfo } from '../../apk/index.ts'
import type { Chunks } from '../../archive/index.ts'
import { type Exec, makeTempDirectory, present } from '../../base/index.ts'
import { type ApkTree, readApkTree } from './apk-tree.ts'
import type { DocumentationReaders } from './documentation.ts'
import { type ScannedOutput, scanPackages } from './scan.ts'

/** A package that is built, as scanning it again finds it. */
export interface Rescanned {
  /** What the package says. */
  readonly info: PkgInfo
  /** The same with the relations that a build would write today. */
  readonly regenerated: PkgInfo
  /** Why the package is not to be trusted, though it could be scanned; null for a sound one. */
  readonly damage: string | null
}

export interface ScannableApk {
  /** As messages name it. */
  readonly name: string
  open(): Chunks
}

/**
 * Scans packages of one recipe again: what they declare stays, what they hold is looked into anew.
 *
 * @param apks all of the recipe's packages, when links and library directories of one shall count for another.
 * @param declaredBy what the recipe says of a package; undefined, as for a package without a recipe, takes for declared what no scan would find.
 * @param readers what shows documentation in the distribution that they are for.
 * @param workDirectory for the packages' bytes while they are looked into.
 * @throws MillraceError APK_INVALID, ARCHIVE_INVALID, ARCHIVE_HOSTILE, ARCHIVE_TOO_LARGE, DISK_FULL, TOOL_MISSING
 */
export async function rescanApks(
  f: { readonly exec: Exec },
  apks: readonly ScannableApk[],
  declaredBy: (packageName: string) => ScannedOutput | undefined,
  readers: DocumentationReaders,
  workDirectory: string,
): Promise<Rescanned[]> {
  await using directory = await makeTempDirectory(workDirectory, 'scan')
  await using trees = new AsyncDisposableStack()
  const opened: { readonly info: PkgInfo; readonly output: ScannedOutput; readonly tree: ApkTree }[] = []
  for (const [index, { name, open }] of apks.entries()) {
    const what = `scanning ${name}`
    const apk = await openApk(open(), what)
    const tree = trees.use(await readApkTree(apk, join(directory.path, String(index)), what))
    opened.push({ info: apk.info, output: declaredBy(apk.info.name) ?? declaredIn(apk.info), tree })
  }
  const version = opened[0]?.info.version ?? ''
  const found = await scanPackages(
    f,
    opened.map(({ output }) => output),
    opened.map(({ tree }) => tree),
    version,
    readers,
  )
  return opened.map(({ info, output: { dependencies }, tree }, index) => {
    const { depends, provides, vendored } = present(found[index], 'every package was scanned')
    const { replaces, providerPriority, replacesPriority } = dependencies
    const comments = [
      ...info.comments.filter((comment) => !comment.startsWith('vendored = ')),
      ...vendored.map((one) => `vendored = ${one}`),
    ]
    const declared = { replaces: [...replaces].sort(), providerPriority, replacesPriority }
    const regenerated = { ...info, ...declared, depends, provides, comments }
    return { info, regenerated, damage: tree.damage }
  })
}

/** Names that a scan makes; a recipe seldom writes them. */
const FOUND = /^(?:so|so-ver|cmd|pc|linux):|^python-[^-]+-base$|^ruby-\d|^perl~/

/** What a package without its recipe most likely declares. */
function declaredIn({ name, depends, provides, ...info }: PkgInfo): ScannedOutput {
  const { replaces, providerPriority, replacesPriority } = info
  const declared = (names: readonly string[]) => names.filter((one) => !FOUND.test(one))
  return {
    name,
    dependencies: {
      ...{ runtime: declared(depends), provides: declared(provides) },
      ...{ replaces, providerPriority, replacesPriority },
    },
    options: {
      ...{ 'no-provides': false, 'no-depends': false, 'no-commands': false },
      'no-versioned-shlib-deps': false,
    },
  }
}
