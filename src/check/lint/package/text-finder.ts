// SPDX-License-Identifier: Apache-2.0

/** Looks for a text in bytes that come in chunks; it may lie across them. */
export class TextFinder {
  readonly #wanted: Buffer
  /** The end of what came before, as long as the text may begin in it. */
  #tail: Buffer = Buffer.alloc(0)
  #passedBytes = 0
  /** Of its first byte; undefined until it is found. */
  offset: number | undefined

  /** @param text not empty */
  constructor(text: string) {
    this.#wanted = Buffer.from(text)
  }

  chunk(bytes: Uint8Array): void {
    if (this.offset !== undefined) return
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const most = this.#wanted.length - 1
    const seam = Buffer.concat([this.#tail, chunk.subarray(0, most)])
    const [before, within] = [seam.indexOf(this.#wanted), chunk.indexOf(this.#wanted)]
    if (before !== -1) this.offset = this.#passedBytes - this.#tail.length + before
    else if (within !== -1) this.offset = this.#passedBytes + within
    this.#passedBytes += chunk.length
    const kept =
      chunk.length >= most ? chunk.subarray(chunk.length - most) : Buffer.concat([this.#tail, chunk])
    this.#tail = Buffer.from(kept.subarray(Math.max(0, kept.length - most)))
  }
}
