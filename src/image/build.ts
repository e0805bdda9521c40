// SPDX-License-Identifier: Apache-2.0
import { type Clock, type Digest, type Emit, isoTime } from '../base/index.ts'
import { OCI_LAYER, writeConfig, writeManifest } from '../oci/index.ts'
import type { ApkRepository } from '../repository/index.ts'
import type { BlobStore, Database } from '../store/index.ts'
import { DEFAULT_BUDGET, groupLayers } from './group-layers.ts'
import type { ImageLayer } from './image-facts.ts'
import { addImage, type BuiltImage, findImages } from './image-rows.ts'
import { mergeTrees, type PackedApk } from './merged-tree.ts'
import { type PackageLayer, packageLayers } from './package-layers.ts'
import { type ImagePlan, planJson } from './plan.ts'
import { platformOf } from './platform.ts'
import { annotationsOf, runConfigOf } from './run-config.ts'
import { withImageTables } from './tables.ts'
import { makeTopLayer, type TopLayer } from './top-layer.ts'
import { packageTrees } from './tree-rows.ts'

export interface BuildServices {
  readonly database: Database
  readonly blobs: BlobStore
  readonly repository: Pick<ApkRepository, 'layouts'>
  readonly clock: Clock
  readonly emit: Emit
}

export interface ImageBuild {
  /** `cached`: the plan was carried out before. */
  readonly status: 'built' | 'cached'
  readonly image: BuiltImage
}

/**
 * Carries out a plan: layers of packages that lie in the store already, one small layer of the image's own, configuration and manifest. Equal plans give equal bytes; a plan that was
 * carried out before costs one query.
 *
 * @throws MillraceError IMAGE_INVALID when packages are in each other's way or the definition cannot be carried out; BLOB_MISSING, BLOB_CORRUPT, APK_INVALID
 */
export async function buildImage(
  services: BuildServices,
  plan: ImagePlan,
  signal: AbortSignal,
): Promise<ImageBuild> {
  const f = { ...services, database: withImageTables(services.database) }
  const [known] = await findImages(f.database, [plan.key])
  if (known !== undefined && (await isWhole(f.blobs, known))) return { status: 'cached', image: known }
  const { content, name } = plan.definition
  const layouts = await f.repository.layouts(plan.packages.map(({ file }) => file))
  const trees = await packageTrees(f, plan.packages, layouts, signal)
  const packages = plan.packages.map((apk): PackedApk => {
    const tree = trees.get(apk.datahash)
    if (tree === undefined) throw new Error(`the tree of ${apk.record.name} was not read`)
    return { apk, tree }
  })
  const merged = mergeTrees(name, packages)
  const groups = groupLayers(
    name,
    packages,
    merged.overlaps,
    content.layering.budget ?? DEFAULT_BUDGET,
    ({ apk }) => layouts.has(apk.file),
  )
  const layers = await packageLayers(f, groups, layouts, signal)
  const top = await makeTopLayer(f, plan, packages, merged)
  signal.throwIfAborted()
  const image = await writeImage(f, plan, layers, top)
  await addImage(f.database, image)
  return { status: 'built', image }
}

/** Whether everything that was written for an image is still there; a package that is missing is missing to its repository too. */
function isWhole(blobs: BlobStore, { key, config, manifest, layers }: BuiltImage): Promise<boolean> {
  const top = layers.at(-1)?.descriptor
  const own = [config, manifest, ...(top === undefined ? [] : [top])]
  return hasAll(blobs, [key, ...own.map(({ digest }) => digest)])
}

export async function hasAll(blobs: Pick<BlobStore, 'has'>, digests: readonly Digest[]): Promise<boolean> {
  return (await Promise.all(digests.map((digest) => blobs.has(digest)))).every((found) => found)
}

async function writeImage(
  f: { readonly blobs: BlobStore; readonly clock: Clock; readonly emit: Emit },
  plan: ImagePlan,
  packageLayers: readonly PackageLayer[],
  top: TopLayer,
): Promise<BuiltImage> {
  const { content, name } = plan.definition
  const created = Math.max(0, ...plan.packages.map(({ record }) => record.buildTimeSec))
  const createdText = isoTime(created)
  const platform = platformOf(plan.arch)
  const runConfig = runConfigOf(content, top.user, createdText)
  const all = [...packageLayers, top]
  const config = writeConfig({
    created: createdText,
    author: 'Millrace',
    architecture: platform.architecture,
    os: platform.os,
    ...(platform.variant === undefined ? {} : { variant: platform.variant }),
    config: runConfig,
    rootfs: { type: 'layers', diff_ids: all.map(({ diffId }) => diffId) },
    history: all.map((layer) => ({
      created: createdText,
      created_by: 'millrace',
      comment: fillingOf(layer)
        .map((one) => one.name)
        .join(' '),
    })),
  })
  const layers = all.map(
    (layer): ImageLayer => ({
      descriptor: { mediaType: OCI_LAYER, digest: layer.digest, size: layer.sizeBytes },
      filling: fillingOf(layer),
    }),
  )
  const manifest = writeManifest({
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
    annotations: annotationsOf(content, createdText),
  })
  await Promise.all([config.bytes, manifest.bytes, planJson(plan)].map((bytes) => f.blobs.putBytes(bytes)))
  const { digest, size } = manifest.descriptor
  f.emit({ type: 'artifact.stored', name: `image ${name} (${plan.arch})`, digest, sizeBytes: size })
  return {
    key: plan.key,
    name,
    arch: plan.arch,
    digest,
    sizeBytes: size + config.descriptor.size + all.reduce((total, layer) => total + layer.sizeBytes, 0),
    config: config.descriptor,
    manifest: manifest.descriptor,
    created,
    facts: {
      entrypoint: runConfig.Entrypoint ?? [],
      command: runConfig.Cmd ?? [],
      user: runConfig.User ?? '',
      workingDirectory: runConfig.WorkingDir ?? '/',
      environment: runConfig.Env ?? [],
      shell: top.shell,
    },
    layers,
    packages: plan.packages.map(packageFacts).sort((a, b) => (a.name < b.name ? -1 : 1)),
    builtAt: new Date(f.clock.now()),
  }
}

function fillingOf(layer: PackageLayer | TopLayer): ImageLayer['filling'] {
  if (!('packages' in layer))
    return [{ name: 'accounts, apk’s database, links', installedBytes: layer.installedBytes }]
  return layer.packages
    .map(({ apk: { record } }) => ({ name: record.name, installedBytes: record.installedSizeBytes }))
    .sort((a, b) => b.installedBytes - a.installedBytes || (a.name < b.name ? -1 : 1))
}

function packageFacts({ file, record }: ImagePlan['packages'][number]): BuiltImage['packages'][number] {
  const { name, version, arch, origin, description, license, installedSizeBytes } = record
  return { name, version, arch, origin, description, license, installedBytes: installedSizeBytes, file }
}
