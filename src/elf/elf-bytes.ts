// SPDX-License-Identifier: Apache-2.0
import { MillraceError } from '../base/index.ts'

/** A file that can be read at any place. */
export interface ElfSource {
  readonly sizeBytes: number
  /** Exactly `length` bytes from `offset`; only ranges within the file are asked for. */
  read(offset: number, length: number): Promise<Uint8Array>
}

export interface ElfWords {
  readonly class: 32 | 64
  readonly byteOrder: 'little' | 'big'
}

/** The file behind offsets and sizes that nobody vouches for. */
export class ElfBytes {
  readonly words: ElfWords
  readonly #source: ElfSource
  readonly #what: string

  constructor(source: ElfSource, what: string, words: ElfWords) {
    this.#source = source
    this.#what = what
    this.words = words
  }

  /** @throws MillraceError ELF_INVALID for a range that leaves the file, or is longer than `maxBytes`. */
  async read(offset: bigint, length: bigint, maxBytes: number, part: string): Promise<ElfFields> {
    if (length > maxBytes)
      throw this.invalid(`${part} has ${length} bytes; at most ${maxBytes} are taken for one`)
    if (offset + length > this.#source.sizeBytes)
      throw this.invalid(
        `${part} lies at ${offset} with ${length} bytes, but the file has ${this.#source.sizeBytes}`,
      )
    const bytes = await this.#source.read(Number(offset), Number(length))
    if (BigInt(bytes.length) !== length)
      throw this.invalid(`${part} ends early: ${bytes.length} of ${length} bytes could be read`)
    return new ElfFields(bytes, this.words)
  }

  invalid(why: string, cause?: unknown): MillraceError {
    return elfInvalid(this.#what, why, cause)
  }
}

/** Numbers of a structure, in the file's byte order. Offsets beyond its end are bugs: sizes are checked before. */
export class ElfFields {
  readonly bytes: Uint8Array
  readonly #view: DataView
  readonly #isLittle: boolean
  readonly #is64: boolean

  constructor(bytes: Uint8Array, words: ElfWords) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#isLittle = words.byteOrder === 'little'
    this.#is64 = words.class === 64
  }

  u16(at: number): number {
    return this.#view.getUint16(at, this.#isLittle)
  }

  u32(at: number): number {
    return this.#view.getUint32(at, this.#isLittle)
  }

  /** An address, an offset or a size: four bytes in files of class 32, eight in those of class 64. */
  word(at32: number, at64: number): bigint {
    return this.#is64
      ? this.#view.getBigUint64(at64, this.#isLittle)
      : BigInt(this.#view.getUint32(at32, this.#isLittle))
  }

  /** The text from `start` to its NUL byte; undefined when there is no NUL. */
  cString(start: number): Uint8Array | undefined {
    const end = this.bytes.indexOf(0, start)
    return end < 0 ? undefined : this.bytes.subarray(start, end)
  }
}

export function elfInvalid(what: string, why: string, cause?: unknown): MillraceError {
  return new MillraceError('ELF_INVALID', {
    what,
    why,
    fix: 'make or fetch the file again: it is cut short or damaged; if it is meant to be so (test data), keep it out of what is scanned',
    cause,
  })
}
