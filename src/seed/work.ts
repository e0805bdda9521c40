// SPDX-License-Identifier: Apache-2.0
import { canonicalJson, type Digest, digestOf, type Json } from '../base/index.ts'
import {
  type ConvertServices,
  convertDeb,
  makeSeedApk,
  type SeedIdentity,
  type SeedPackage,
} from './convert.ts'
import type { DebianPackage } from './debian-package.ts'
import type { SeedLock } from './lock.ts'
import { BASELAYOUT, leftOut, resolveDepends, seedNames } from './names.ts'
import type { SeedSpec } from './seed-spec.ts'

/** One package to be made. Its key is the digest of all that decides its bytes, so that it names the result before it exists. */
export interface Work {
  readonly key: Digest
  /** Null for a package that only this seed has. */
  readonly deb: DebianPackage | null
  /** @param directory empty, for what is in between. */
  make(directory: string, signal: AbortSignal): Promise<SeedPackage>
}

/** Raised whenever the same input would become another apk. */
const CONVERTER = '4'

/** Every package of a seed, in the order of names: Debian's, then the bare tree and the names that stand for several. @throws MillraceError SEED_FAILED */
export function seedWork(f: ConvertServices, arch: string, spec: SeedSpec, lock: SeedLock): Work[] {
  const names = seedNames(spec)
  const all = new Map(lock.packages.map((one) => [one.name, one]))
  const leave = leftOut(spec)
  const identityOf = (
    name: string,
    depends: readonly string[],
    provides: readonly string[],
  ): SeedIdentity => ({
    arch,
    depends: [...new Set([...depends, ...(names.added.get(name) ?? [])])].sort(),
    provides: [...new Set([...provides, ...(names.provided.get(name) ?? [])])].sort(),
  })
  const keyOf = (identity: SeedIdentity, facts: Json) =>
    digestOf(
      canonicalJson({
        converter: CONVERTER,
        signer: f.signer.publicKeyName,
        suite: spec.suite,
        identity: { ...identity },
        facts,
      }),
    )
  const debs = lock.packages.map((deb): Work => {
    const identity = identityOf(deb.name, [BASELAYOUT, ...resolveDepends(deb, all, leave)], deb.provides)
    const own = { links: spec.links[deb.name] ?? {}, joined: spec.joined[deb.name] ?? {} }
    return {
      key: keyOf(identity, { deb: deb.digest, drop: spec.drop, ...own }),
      deb,
      make: (directory, signal) => convertDeb(f, deb, spec, identity, directory, signal),
    }
  })
  const others = [[BASELAYOUT, []] as const, ...names.metas].map(([name, depends]): Work => {
    const identity = identityOf(name, depends, [])
    return {
      key: keyOf(identity, { name, baselayout: name === BASELAYOUT ? spec.baselayout : null }),
      deb: null,
      make: (directory) => makeSeedApk(f, name, spec, identity, directory),
    }
  })
  return [...debs, ...others]
}
