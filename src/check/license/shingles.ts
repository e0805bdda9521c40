// SPDX-License-Identifier: Apache-2.0

/** Words of one shingle: a shorter run stands in many texts, a longer one breaks at every change. */
const WORDS = 3

/** A text as the hashes of its runs of three words, in its order: what is compared of it. */
export function shinglesOf(words: readonly string[]): Uint32Array {
  const hashes = Uint32Array.from(words, hashOf)
  const shingles = new Uint32Array(Math.max(0, words.length - WORDS + 1))
  for (let at = 0; at < shingles.length; at++) {
    let hash = 0
    for (let word = at; word < at + WORDS; word++) hash = mix(hash, hashes[word] ?? 0)
    shingles[at] = hash
  }
  return shingles
}

/** FNV-1a, 32 bits: a few collisions among thousands of shingles change no score that matters. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

const mix = (hash: number, more: number) => Math.imul(Math.imul(hash, 0x9e3779b1) ^ more, 0x85ebca6b) >>> 0

/** Tells fast, and sometimes wrongly, that a shingle is in a text: never that it is not. */
export class ShingleFilter {
  readonly #bits = new Uint8Array(1 << 17)

  constructor(shingles: Uint32Array) {
    for (const one of shingles) this.#set(one)
  }

  #set(shingle: number): void {
    const place = shingle >>> 12
    this.#bits[place >>> 3] = (this.#bits[place >>> 3] ?? 0) | (1 << (place & 7))
  }

  /** The share of another text's shingles that this one may have: 0 to 1. */
  share(others: Uint32Array): number {
    let count = 0
    for (const one of others) {
      const place = one >>> 12
      count += ((this.#bits[place >>> 3] ?? 0) >>> (place & 7)) & 1
    }
    return others.length === 0 ? 0 : count / others.length
  }
}
