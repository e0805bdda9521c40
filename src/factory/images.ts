// SPDX-License-Identifier: Apache-2.0
import { join, relative } from 'node:path'
import { type Digest, formatBytes, isMillraceError, VERSION } from '../base/index.ts'
import {
  type ImageDefinition,
  type ImageOutcome,
  type ImageServices,
  noteRefused,
  planImage,
  readImage,
  releaseImage,
} from '../image/index.ts'
import type { Distro } from './distro.ts'
import type { Services } from './services.ts'
import { imageTask, tellTask } from './steps/step.ts'

export type ImageLook =
  /** It can be made of what edge offers now, as `key`. */
  | { readonly status: 'make'; readonly key: Digest }
  /** It was made so already in this run. */
  | { readonly status: 'made' }
  /** Packages are missing that may still come. */
  | { readonly status: 'waits' }

/** The image definitions of a distro, and the making of images. */
export interface ImageShop {
  /** The package names that each image asks for. */
  wants(): readonly (readonly string[])[]
  /** @throws MillraceError IMAGE_INVALID; DEPENDENCY_UNSATISFIED when `final`: no more packages will come */
  look(name: string, final: boolean): Promise<ImageLook>
  /** Makes, tests and publishes an image. @returns whether it passed its tests. */
  make(name: string, signal: AbortSignal): Promise<boolean>
  /** Lets every image be made again in this run, where one may have lost a blob of its own: what is still there is taken as it is. */
  forget(): void
}

/** Definitions that cannot be read are told when they are looked at. */
export async function openImageShop(f: Services, distro: Distro): Promise<ImageShop> {
  const services = imageServices(f, distro)
  const definitions = new Map<string, ImageDefinition | Error>()
  for (const name of distro.images) definitions.set(name, await readNamed(distro, name))
  const made = new Map<string, Digest>()
  const definitionOf = (name: string): ImageDefinition => {
    const definition = definitions.get(name)
    if (definition === undefined || definition instanceof Error)
      throw definition ?? new Error(`no image ${name}`)
    return definition
  }
  return {
    wants: () =>
      [...definitions.values()].flatMap((one) =>
        one instanceof Error ? [] : [one.content.contents.packages],
      ),
    look: async (name, final) => {
      try {
        const { key } = await planImage(services, definitionOf(name), f.arch)
        return made.get(name) === key ? { status: 'made' } : { status: 'make', key }
      } catch (error) {
        if (!final && isMillraceError(error, 'DEPENDENCY_UNSATISFIED')) return { status: 'waits' }
        if (isMillraceError(error)) await noteRefused(services, name, f.arch, `${error.what}: ${error.why}`)
        throw error
      }
    },
    make: async (name, signal) => {
      const outcome = await makeImage(f, services, definitionOf(name), signal)
      if (outcome.status === 'stopped') return false
      made.set(name, outcome.image.key)
      return true
    },
    forget: () => made.clear(),
  }
}

/** Makes one image of what `edge` offers now, told as a task. */
export function makeImage(
  f: Services,
  services: ImageServices,
  definition: ImageDefinition,
  signal: AbortSignal,
): Promise<ImageOutcome> {
  return tellTask<ImageOutcome>(f, imageTask(definition.name), signal, async () => {
    const outcome = await releaseImage(services, definition, f.arch, signal)
    if (outcome.status === 'stopped') return { result: outcome, outcome: 'failed', summary: outcome.why }
    const size = formatBytes(outcome.image.sizeBytes)
    return {
      result: outcome,
      outcome: outcome.status === 'current' ? 'cached' : 'passed',
      summary: `${outcome.tags.join(', ')}; ${size} in ${outcome.image.layers.length} layers`,
    }
  })
}

export function imageServices(f: Services, distro: Distro): ImageServices {
  return {
    database: f.database,
    blobs: f.store,
    repository: f.repository,
    clock: f.clock,
    emit: f.emit,
    exec: f.exec,
    workDirectory: join(f.dataDirectory, 'sandboxes'),
    uid: process.getuid?.() ?? 0,
    keys: [{ name: f.keys.apk.publicKeyName, pem: f.keys.apk.publicPem }],
    attestor: {
      key: f.keys.attestation,
      builder: { id: 'https://millrace.dev/builder/v1', version: { millrace: VERSION } },
      supplier: 'Millrace',
      namespace: distro.facts.namespace,
    },
  }
}

/** @throws MillraceError IMAGE_INVALID, NOT_FOUND */
export function readDefinition({ directory }: Distro, name: string): Promise<ImageDefinition> {
  const images = join(directory, 'images')
  const near = relative(process.cwd(), images)
  return readImage(images, name, near.startsWith('../../') ? images : near)
}

/** What each image is for, in the order of their names; '' where the definition cannot be read. */
export async function describeImages(
  distro: Distro,
): Promise<{ readonly name: string; readonly description: string }[]> {
  const definitions = await Promise.all(distro.images.map((name) => readNamed(distro, name)))
  return definitions.map((one, index) => ({
    name: distro.images[index] ?? '',
    description: one instanceof Error ? '' : one.sheet.description,
  }))
}

async function readNamed(distro: Distro, name: string): Promise<ImageDefinition | Error> {
  try {
    return await readDefinition(distro, name)
  } catch (error) {
    if (isMillraceError(error)) return error
    throw error
  }
}
