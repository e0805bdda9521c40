// SPDX-License-Identifier: Apache-2.0
import {
  type BuilderIdentity,
  imageProvenance,
  imageSpdx,
  PREDICATE_SLSA_PROVENANCE,
  PREDICATE_SPDX,
  type SignStatementKey,
  signStatement,
  spdxStatement,
} from '../attest/index.ts'
import { isoTime } from '../base/index.ts'
import { type Descriptor, type Document, EMPTY_JSON, OCI_EMPTY, writeManifest } from '../oci/index.ts'
import type { BlobStore } from '../store/index.ts'
import type { BuiltImage } from './image-rows.ts'
import { platformOf } from './platform.ts'
import type { ImageDefinition } from './read-definition.ts'
import type { DocumentKind } from './tables.ts'

/** Who says it, and by which key. */
export interface Attestor {
  readonly key: SignStatementKey
  readonly builder: BuilderIdentity
  /** The organisation in SBOMs. */
  readonly supplier: string
  /** Of package URLs. */
  readonly namespace: string
}

/** A document about an image, and the manifests by which a registry finds it: one for each subject. */
export interface ImageDocument {
  readonly kind: DocumentKind
  /** Names the document's own bytes. */
  readonly descriptor: Descriptor
  readonly manifests: readonly Document[]
}

export interface ImageRun {
  readonly startedOn: Date
  readonly finishedOn: Date
}

const SPDX = 'application/spdx+json'
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json'

/**
 * Says of an image what it holds and how it was made: its SBOM as it stands, and SBOM and provenance as signed statements. All are about the image's manifest and about the index
 * that leads to it, because verifiers ask for what a tag names.
 */
export async function makeDocuments(
  f: { readonly blobs: BlobStore; readonly attestor: Attestor },
  definition: ImageDefinition,
  image: BuiltImage,
  index: Descriptor,
  run: ImageRun,
): Promise<ImageDocument[]> {
  const { attestor } = f
  const subjects = [image.manifest, index]
  const named = subjects.map(({ digest }) => ({ name: image.name, digest }))
  const file = { path: `images/${definition.name}.yaml`, digest: definition.digest }
  const packages = image.packages.map((one) => ({ ...one, namespace: attestor.namespace }))
  const spdx = imageSpdx({
    name: image.name,
    digest: image.digest,
    ociArch: platformOf(image.arch).architecture,
    supplier: attestor.supplier,
    created: image.created,
    builderVersion: attestor.builder.version['millrace'] ?? '',
    definition: file,
    packages,
    layers: image.layers.map(({ descriptor }) => ({ digest: descriptor.digest })),
  })
  const provenance = imageProvenance({
    subjects: named,
    name: image.name,
    ociArchs: [platformOf(image.arch).architecture],
    definition: file,
    imageKey: image.key,
    created: image.created,
    packages,
    run: { builder: attestor.builder, invocationId: image.key, ...run },
  })
  const bundle = async (kind: DocumentKind, predicateType: string, text: string) =>
    attach(f, kind, text, BUNDLE, subjects, {
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType': predicateType,
      'org.opencontainers.image.created': isoTime(image.created),
    })
  return [
    await attach(f, 'sbom', spdx, SPDX, subjects, {
      'org.opencontainers.image.created': isoTime(image.created),
    }),
    await bundle(
      'sbom-attestation',
      PREDICATE_SPDX,
      await signStatement(spdxStatement(named, spdx), attestor.key),
    ),
    await bundle('provenance', PREDICATE_SLSA_PROVENANCE, await signStatement(provenance, attestor.key)),
  ]
}

/** Stores a document, and for each subject an artifact manifest that refers to it (OCI image spec, manifest.md "Guidelines for Artifact Usage"). */
async function attach(
  f: { readonly blobs: BlobStore },
  kind: DocumentKind,
  text: string,
  mediaType: string,
  subjects: readonly Descriptor[],
  annotations: Readonly<Record<string, string>>,
): Promise<ImageDocument> {
  const stored = await f.blobs.putBytes(text)
  const empty = await f.blobs.putBytes(EMPTY_JSON)
  const descriptor = { mediaType, digest: stored.digest, size: stored.sizeBytes }
  const manifests = subjects.map(({ mediaType: subjectType, digest, size }) =>
    writeManifest({
      artifactType: mediaType,
      config: { mediaType: OCI_EMPTY, digest: empty.digest, size: empty.sizeBytes },
      layers: [descriptor],
      subject: { mediaType: subjectType, digest, size },
      annotations,
    }),
  )
  for (const { bytes } of manifests) await f.blobs.putBytes(bytes)
  return { kind, descriptor, manifests }
}
