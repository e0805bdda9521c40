// SPDX-License-Identifier: Apache-2.0
import { PackageURL } from 'packageurl-js'

/** What names an apk among all packages. */
export interface ApkPurl {
  /** The distribution, such as `wolfi`. */
  readonly namespace: string
  readonly name: string
  /** `1.2.3-r0`. */
  readonly version: string
  readonly arch: string
  /** The main package of its recipe. Scanners look there for advisories too. */
  readonly origin?: string | undefined
}

/** `pkg:apk/wolfi/zlib@1.3.1-r0?arch=x86_64`, with `upstream=` where a subpackage has another origin. */
export function apkPurl({ namespace, name, version, arch, origin }: ApkPurl): string {
  const qualifiers = origin === undefined || origin === '' || origin === name ? {} : { upstream: origin }
  return purl('apk', namespace, name, version, { arch, ...qualifiers })
}

/** @param location the image's repository with its registry, when it has a place: `registry.example/team/nginx` */
export function ociPurl(image: {
  readonly name: string
  readonly digest: string
  readonly ociArch: string
  readonly location?: string | undefined
}): string {
  const { name, digest, ociArch, location } = image
  return purl('oci', '', name, digest, {
    arch: ociArch,
    ...(location === undefined ? {} : { repository_url: location }),
  })
}

/** @param parts empty ones are left out. */
export function purl(
  type: string,
  namespace: string,
  name: string,
  version: string,
  qualifiers: Readonly<Record<string, string>>,
): string {
  const given = Object.fromEntries(Object.entries(qualifiers).filter(([, value]) => value !== ''))
  return new PackageURL(type, namespace || undefined, name, version || undefined, given).toString()
}
