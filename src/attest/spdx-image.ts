// SPDX-License-Identifier: Apache-2.0
import { type Digest, digestHex } from '../base/index.ts'
import { ociPurl } from './purl.ts'
import type { AttestedFile, AttestedSource } from './source.ts'
import {
  formatSpdx,
  purlReference,
  type SpdxElement,
  type SpdxRelation,
  sha256Checksum,
  spdxElement,
} from './spdx-document.ts'
import { apkElement, fileElement, type SpdxApk, sourceElement } from './spdx-elements.ts'
import { declareLicense } from './spdx-license.ts'

/** A package of an image. */
export interface SpdxImagePackage extends SpdxApk {
  /** Of the whole .apk file. */
  readonly file: Digest
  /** What its recipe fetched, when it is known. */
  readonly sources?: readonly AttestedSource[]
}

export interface ImageSpdx {
  /** The image's name, without registry and tag. */
  readonly name: string
  /** Its repository with the registry, when it has a place: `registry.example/team/nginx`. */
  readonly location?: string
  /** Of its manifest. */
  readonly digest: Digest
  /** In OCI's words: `amd64`. */
  readonly ociArch: string
  readonly supplier: string
  /** Seconds since 1970: the image's `created`. */
  readonly created: number
  /** Of Millrace. */
  readonly builderVersion: string
  readonly definition: AttestedFile
  readonly packages: readonly SpdxImagePackage[]
  /** Lowest first; left out when only the packages are of interest. */
  readonly layers?: readonly { readonly digest: Digest }[]
}

/** The SPDX 2.3 document of a whole image of one architecture, as JSON text: every package in it, with license, purl and digest. Equal input gives equal bytes. */
export function imageSpdx(input: ImageSpdx): string {
  const root = imageElement(input)
  const definition = fileElement(input.definition)
  const layers = (input.layers ?? []).map(({ digest }) => layerElement(digest))
  const packages = input.packages.map((one) => {
    const license = declareLicense(one.license)
    const element = apkElement(one, license, input.supplier, one.file)
    return { element, license, sources: (one.sources ?? []).map(sourceElement) }
  })
  const contained = [...layers, ...packages.map(({ element }) => element)]
  const relations: SpdxRelation[] = [
    [root.SPDXID, 'GENERATED_FROM', definition.SPDXID],
    ...contained.map(({ SPDXID }): SpdxRelation => [root.SPDXID, 'CONTAINS', SPDXID]),
    ...packages.flatMap(({ element, sources }) =>
      sources.map(({ SPDXID }): SpdxRelation => [element.SPDXID, 'GENERATED_FROM', SPDXID]),
    ),
  ]
  return formatSpdx({
    name: `image-${input.name}-${digestHex(input.digest).slice(0, 12)}`,
    created: input.created,
    supplier: input.supplier,
    builderVersion: input.builderVersion,
    root,
    elements: [definition, ...contained, ...packages.flatMap(({ sources }) => sources)],
    relations,
    licenses: packages.flatMap(({ license }) => license.extracted),
  })
}

function imageElement(input: ImageSpdx): SpdxElement {
  return spdxElement({
    SPDXID: `SPDXRef-Image-sha256-${digestHex(input.digest)}`,
    name: input.name,
    versionInfo: input.digest,
    supplier: `Organization: ${input.supplier}`,
    primaryPackagePurpose: 'CONTAINER',
    checksums: sha256Checksum(input.digest),
    externalRefs: purlReference(ociPurl(input)),
  })
}

function layerElement(digest: Digest): SpdxElement {
  return spdxElement({
    SPDXID: `SPDXRef-Layer-sha256-${digestHex(digest)}`,
    name: digest,
    primaryPackagePurpose: 'ARCHIVE',
    checksums: sha256Checksum(digest),
  })
}
