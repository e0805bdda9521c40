// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod'
import { type Digest, isDigest, MillraceError } from '../base/index.ts'
import type { ImageConfig } from './image-config.ts'
import type { ImageIndex, ImageManifest } from './manifest.ts'
import { OCI_INDEX, OCI_MANIFEST } from './media-types.ts'

/** Registries refuse larger manifests (distribution spec, "Pushing Manifests"). */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024

/**
 * Reads a manifest or an image index that somebody gave us. Fields that the specification does not know are passed over, as it asks; a document that could be read as the one
 * and as the other is refused.
 *
 * @param mediaType what the bytes were called where they came from; undefined when nothing was said.
 * @throws MillraceError IMAGE_INVALID
 */
export function parseManifest(
  bytes: Uint8Array,
  what: string,
  mediaType?: string,
): ImageManifest | ImageIndex {
  const value = parseJson(bytes, what)
  // Both lists in one document are two documents in one (CVE-2021-41190).
  if ('manifests' in value && ('layers' in value || 'config' in value))
    throw imageInvalid(what, 'it has the fields of a manifest and those of an index')
  const read = 'manifests' in value ? check(Index, value, what) : check(Manifest, value, what)
  if (mediaType !== undefined && mediaType !== read.mediaType)
    throw imageInvalid(what, `it was called ${mediaType.slice(0, 200)} and calls itself ${read.mediaType}`)
  return read as ImageManifest | ImageIndex
}

/** Reads the configuration of an image that somebody gave us. @throws MillraceError IMAGE_INVALID */
export function parseConfig(bytes: Uint8Array, what: string): ImageConfig {
  return check(Config, parseJson(bytes, what), what) as unknown as ImageConfig
}

const text = z.string().max(64 * 1024)
const annotations = z.record(z.string().min(1).max(4096), text)
/** A media type by RFC 6838, section 4.2. */
const MEDIA_TYPE = /^[a-z\d][\w!#$&^.+-]{0,126}\/[a-z\d][\w!#$&^.+-]{0,126}$/i
const mediaType = z.string().regex(MEDIA_TYPE, 'expected a media type')
const digest = z.custom<Digest>(
  (value) => typeof value === 'string' && isDigest(value),
  'expected sha256: and 64 lower-case hexadecimal digits',
)
const size = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

const PlatformOf = z.looseObject({
  architecture: text,
  os: text,
  variant: text.optional(),
  'os.version': text.optional(),
  'os.features': z.array(text).max(1000).optional(),
})

const DescriptorOf = z.looseObject({
  mediaType,
  digest,
  size,
  artifactType: mediaType.optional(),
  platform: PlatformOf.optional(),
  annotations: annotations.optional(),
})

const head = { schemaVersion: z.literal(2), artifactType: mediaType.optional() }
const tail = { subject: DescriptorOf.optional(), annotations: annotations.optional() }

const Manifest = z.looseObject({
  ...head,
  mediaType: z.literal(OCI_MANIFEST),
  config: DescriptorOf,
  layers: z.array(DescriptorOf).max(10_000),
  ...tail,
})

const Index = z.looseObject({
  ...head,
  mediaType: z.literal(OCI_INDEX),
  manifests: z.array(DescriptorOf).max(10_000),
  ...tail,
})

const Config = z.looseObject({
  created: text.optional(),
  author: text.optional(),
  architecture: text,
  os: text,
  variant: text.optional(),
  config: z
    .looseObject({
      User: text.optional(),
      Env: z
        .array(text.regex(/^[^=]+=/, 'expected NAME=VALUE'))
        .nullish()
        .transform((list) => list ?? undefined),
      Entrypoint: z
        .array(text)
        .nullish()
        .transform((list) => list ?? undefined),
      Cmd: z
        .array(text)
        .nullish()
        .transform((list) => list ?? undefined),
      Volumes: z
        .record(text, z.looseObject({}))
        .nullish()
        .transform((map) => map ?? undefined),
      WorkingDir: text.optional(),
      Labels: annotations.nullish().transform((map) => map ?? undefined),
      StopSignal: text.optional(),
    })
    .optional(),
  rootfs: z.looseObject({ type: z.literal('layers'), diff_ids: z.array(digest).max(10_000) }),
  history: z.array(z.looseObject({})).max(10_000).optional(),
})

function parseJson(bytes: Uint8Array, what: string): object {
  if (bytes.length > MAX_MANIFEST_BYTES)
    throw imageInvalid(what, `it has ${bytes.length} bytes, the limit is ${MAX_MANIFEST_BYTES}`)
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw imageInvalid(what, `it is no JSON text: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw imageInvalid(what, 'it is JSON, but no object')
}

function check<T>(schema: z.ZodType<T>, value: object, what: string): T {
  const read = schema.safeParse(value)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const place = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.map(String).join('.')}: `
  throw imageInvalid(what, `${place}${issue?.message ?? 'it does not have the form of its kind'}`)
}

export function imageInvalid(what: string, why: string): MillraceError {
  return new MillraceError('IMAGE_INVALID', {
    what,
    why,
    fix: 'get it again from where it comes; if it comes back the same, tell whoever made it',
  })
}
