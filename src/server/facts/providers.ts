// SPDX-License-Identifier: Apache-2.0
import { type ApkRecord, indexRepositories, type PackageIndex, parseDependency } from '../../apk/index.ts'

/** A package that needs another at run time, and the words in which it says so. */
export interface RuntimeDependent {
  readonly name: string
  readonly wants: string
}

/** Who satisfies whose dependencies, in one generation of a channel. */
export class Providers {
  readonly #index: PackageIndex
  readonly #newest: readonly ApkRecord[]
  readonly #known = new Map<string, ApkRecord | null>()
  #dependents: ReadonlyMap<string, readonly RuntimeDependent[]> | undefined

  /** @param newest of the offered, each package's newest version. */
  constructor(offered: readonly ApkRecord[], newest: readonly ApkRecord[]) {
    this.#index = indexRepositories([{ name: 'edge', packages: offered }])
    this.#newest = newest
  }

  /** The package that an installer would choose; null for conflicts and for what nothing provides. */
  providerOf(text: string): ApkRecord | null {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    const wish = parseDependency(text)
    const record = wish === undefined || wish.conflict ? undefined : this.#index.candidates(wish)[0]?.record
    this.#known.set(text, record ?? null)
    return record ?? null
  }

  /** Who needs a package, in its newest version. */
  dependentsOf(name: string): readonly RuntimeDependent[] {
    this.#dependents ??= this.#findDependents()
    return this.#dependents.get(name) ?? []
  }

  #findDependents(): Map<string, RuntimeDependent[]> {
    const found = new Map<string, RuntimeDependent[]>()
    for (const { name, depends } of this.#newest)
      for (const wants of depends) {
        const provider = this.providerOf(wants)
        if (provider === null || provider.name === name) continue
        const all = found.get(provider.name) ?? []
        all.push({ name, wants })
        found.set(provider.name, all)
      }
    return found
  }
}
