// SPDX-License-Identifier: Apache-2.0
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type ApkContent,
  type ApkData,
  type ApkSigner,
  type ControlFile,
  type PkgInfo,
  recordOf,
  writeApkData,
  writeApkHead,
} from '../apk/index.ts'
import { chunksOf } from '../archive/index.ts'
import { digestHex, MillraceError, writeAll } from '../base/index.ts'
import type { BuildPlan, PlannedOutput } from '../plan/index.ts'
import type { BlobStore } from '../store/index.ts'
import type { BuiltApk } from './order.ts'
import type { Relations } from './scan/scan.ts'

export interface PackInput {
  readonly plan: BuildPlan
  readonly output: PlannedOutput
  readonly entries: readonly ApkContent[]
  readonly relations: Relations
  /** The SPDX document that describes the package. */
  readonly sbom: string
  /** Of the host, for the data member until its head is known. */
  readonly directory: string
}

/**
 * Packs what a build made as a signed apk of the store. Every owner is root, every time is the plan's, so that equal plans give equal bytes.
 *
 * @throws MillraceError APK_INVALID for names that apk-tools cannot read, OUTPUT_HOSTILE, DISK_FULL
 */
export async function packApk(
  f: { readonly store: BlobStore; readonly signer: ApkSigner },
  input: PackInput,
): Promise<BuiltApk> {
  const { plan, output, relations, sbom } = input
  const entries = withSbom(input.entries, sbomPath(plan, output), sbom)
  const path = join(input.directory, `${output.name}.data`)
  const layout = await writeData(path, entries, plan.sourceDateEpoch)
  const info = pkgInfo(plan, output, relations)
  const head = await writeApkHead(info, layout, controlFiles(output), f.signer)
  const { digest: file, sizeBytes } = await f.store.putStream(
    (async function* () {
      yield head.bytes
      yield* createReadStream(path, { highWaterMark: 1024 * 1024 })
    })(),
  )
  const { datahash, installedSizeBytes } = layout
  return {
    record: recordOf(
      { ...info, datahash: digestHex(datahash), installedSizeBytes },
      head.identity,
      sizeBytes,
    ),
    file,
    datahash,
    layout,
    sbom: await f.store.putBytes(sbom),
  }
}

/** Where a package has its SPDX document (melange.md §14). */
function sbomPath({ recipe }: BuildPlan, { name }: PlannedOutput): string {
  return `var/lib/db/sbom/${name}-${recipe.fullVersion}.spdx.json`
}

function withSbom(entries: readonly ApkContent[], path: string, sbom: string): ApkContent[] {
  const all = new Map(entries.map((entry) => [entry.path, entry]))
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    const parent = path.slice(0, slash)
    const found = all.get(parent)
    if (found === undefined) all.set(parent, entryOf(parent, 'directory', 0o755, ''))
    else if (found.type !== 'directory') throw inTheWay(path, found)
  }
  if (all.get(path)?.type === 'directory') throw inTheWay(path, { path, type: 'directory' })
  all.set(path, entryOf(path, 'file', 0o644, sbom))
  return [...all.values()]
}

function entryOf(path: string, type: 'file' | 'directory', mode: number, text: string): ApkContent {
  const bytes = Buffer.from(text)
  return { path, type, mode, sizeBytes: bytes.length, linkTarget: '', open: () => chunksOf(bytes) }
}

function inTheWay(path: string, { path: other, type }: Pick<ApkContent, 'path' | 'type'>): MillraceError {
  return new MillraceError('OUTPUT_HOSTILE', {
    what: `placing ${path} in a package`,
    why: `the build made a ${type} of ${other}`,
    fix: `let the recipe leave ${other} alone`,
  })
}

async function writeData(path: string, entries: readonly ApkContent[], mtimeSec: number): Promise<ApkData> {
  const out = await open(path, 'wx')
  try {
    return await writeApkData(entries, mtimeSec, (bytes) => writeAll(out, bytes))
  } finally {
    await out.close()
  }
}

function pkgInfo(
  plan: BuildPlan,
  output: PlannedOutput,
  { depends, provides, vendored }: Relations,
): Omit<PkgInfo, 'datahash' | 'installedSizeBytes'> {
  const { name, description, url, commit, dependencies, scriptlets } = output
  return {
    name,
    version: plan.recipe.fullVersion,
    arch: plan.arch,
    origin: plan.recipe.name,
    description: oneLine(description),
    url,
    commit,
    maintainer: plan.namespace,
    buildTimeSec: plan.sourceDateEpoch,
    licenses: plan.license === '' ? [] : [plan.license],
    depends,
    provides,
    replaces: [...dependencies.replaces].sort(),
    installIf: [],
    providerPriority: dependencies.providerPriority,
    replacesPriority: dependencies.replacesPriority,
    triggers: scriptlets.trigger.script === '' ? [] : scriptlets.trigger.paths,
    comments: vendored.map((one) => `vendored = ${one}`),
  }
}

/** YAML keeps line breaks that .PKGINFO has no place for. */
const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim()

/** The scripts that apk runs when it installs, changes or removes the package (apk-package(5)). */
function controlFiles({ scriptlets }: PlannedOutput): ControlFile[] {
  const { trigger, ...others } = scriptlets
  return [['trigger', trigger.script] as const, ...Object.entries(others)]
    .filter(([, text]) => text !== '')
    .map(([name, text]) => ({ name: `.${name}`, text, mode: 0o755 }))
}
