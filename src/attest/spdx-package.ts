// SPDX-License-Identifier: Apache-2.0
import type { AttestedFile, AttestedSource } from './source.ts'
import { formatSpdx } from './spdx-document.ts'
import { apkElement, fileElement, type SpdxApk, sourceElement } from './spdx-elements.ts'
import { declareLicense } from './spdx-license.ts'

export interface PackageSpdx extends SpdxApk {
  /** License texts, by the name that the recipe writes. */
  readonly licenseTexts?: ReadonlyMap<string, string>
  /** What the sources were found to be under, when there is no doubt; null for NOASSERTION. */
  readonly licenseConcluded?: string | null
  /** An organization's name. */
  readonly supplier: string
  /** Seconds since 1970: SOURCE_DATE_EPOCH. */
  readonly created: number
  /** Of Millrace. */
  readonly builderVersion: string
  /** Left out where the bytes must not tell how the recipe is laid out. */
  readonly recipe?: AttestedFile
  /** Patches and the like, from beside the recipe. */
  readonly files: readonly AttestedFile[]
  /** All that the recipe fetches, main package and subpackages alike: which of them a subpackage's files come of, nobody knows. */
  readonly sources: readonly AttestedSource[]
}

/**
 * The SPDX 2.3 document of one apk, as JSON text. It lies within the package, so it cannot state the package's digest. Equal input gives equal bytes.
 */
export function packageSpdx(input: PackageSpdx): string {
  const { name, version, arch } = input
  const license = declareLicense(input.license, input.licenseTexts)
  const concluded = input.licenseConcluded == null ? {} : { licenseConcluded: input.licenseConcluded }
  const root = { ...apkElement(input, license, input.supplier), ...concluded }
  const origins = [
    ...input.sources.map(sourceElement),
    ...[...(input.recipe === undefined ? [] : [input.recipe]), ...input.files].map(fileElement),
  ]
  return formatSpdx({
    name: `apk-${name}-${version}-${arch}`,
    created: input.created,
    supplier: input.supplier,
    builderVersion: input.builderVersion,
    root,
    elements: origins,
    relations: origins.map(({ SPDXID }) => [root.SPDXID, 'GENERATED_FROM', SPDXID]),
    licenses: license.extracted,
  })
}
