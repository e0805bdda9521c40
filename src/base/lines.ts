// SPDX-License-Identifier: Apache-2.0

/** Splits chunks of UTF-8 into lines; a line longer than the limit is cut there, so that a hostile program cannot fill memory. */
export class LineSplitter {
  readonly #onLine: (line: string) => void
  readonly #maxChars: number
  readonly #decoder = new TextDecoder('utf-8')
  #rest = ''

  constructor(onLine: (line: string) => void, maxChars = 8192) {
    this.#onLine = onLine
    this.#maxChars = maxChars
  }

  push(chunk: Uint8Array): void {
    this.#take(this.#decoder.decode(chunk, { stream: true }))
  }

  /** Gives out what stands behind the last newline. */
  end(): void {
    this.#take(this.#decoder.decode())
    if (this.#rest !== '') this.#onLine(this.#rest)
    this.#rest = ''
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#onLine(line.endsWith('\r') ? line.slice(0, -1) : line)
    while (this.#rest.length > this.#maxChars) {
      this.#onLine(this.#rest.slice(0, this.#maxChars))
      this.#rest = this.#rest.slice(this.#maxChars)
    }
  }
}
