// SPDX-License-Identifier: Apache-2.0
import { type Digest, redactText, stripControls } from '../base/index.ts'
import type { BlobStore } from '../store/index.ts'

/** What a build or test says, as a text for people, on its way to the store. */
export interface BuildLog {
  /** A line of Millrace's own, set off from what programs say. */
  note(text: string): void
  /** The same, for the beginning of a step. */
  heading(text: string): void
  /** A line of a program. @returns it as it may be shown: without control characters and credentials */
  line(text: string): string
  /** Ends the log. @returns its blob. @throws MillraceError DISK_FULL */
  finish(): Promise<Digest>
  /** Ends it without keeping anything. */
  discard(): Promise<void>
}

/** A log keeps this much from its beginning, and {@link TAIL_BYTES} of its end. */
const HEAD_BYTES = 16 * 1024 * 1024
const TAIL_BYTES = 1024 * 1024
const CHUNK_CHARS = 64 * 1024

/** Streams a log to the store as it is written. What is in between beginning and end of a very long one is left out, and said to be. */
export function openBuildLog(store: BlobStore): BuildLog {
  const feed = new Feed()
  const tail = new Tail()
  let written = 0
  let pending = ''
  const stored = store.putStream(feed.chunks())
  // A full disk shows when the log is finished; until then it must not be an unhandled rejection.
  stored.catch(() => {})
  const flush = () => {
    if (pending !== '') feed.push(Buffer.from(pending))
    pending = ''
  }
  const write = (line: string) => {
    written += Buffer.byteLength(line) + 1
    if (written > HEAD_BYTES) return tail.push(line)
    pending += `${line}\n`
    if (pending.length >= CHUNK_CHARS) flush()
  }
  const note = (text: string) => write(`==> ${redactText(stripControls(text).replaceAll('\n', ' '))}`)
  return {
    note,
    heading: note,
    line: (text) => {
      const shown = redactText(stripControls(text).replaceAll('\n', ' '))
      write(shown)
      return shown
    },
    finish: async () => {
      pending += tail.text()
      flush()
      feed.end()
      return (await stored).digest
    },
    discard: async () => {
      feed.fail(new Error('the log is not wanted'))
      await stored.catch(() => {})
    },
  }
}

/** Chunks given in one place and read in another. Nothing waits for the reader: a log's size is its bound. */
class Feed {
  readonly #waiting: Uint8Array[] = []
  #wake: () => void = () => {}
  #ended = false
  #error: Error | undefined

  push(chunk: Uint8Array): void {
    this.#waiting.push(chunk)
    this.#wake()
  }

  end(): void {
    this.#ended = true
    this.#wake()
  }

  fail(error: Error): void {
    this.#error = error
    this.#wake()
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (this.#error !== undefined) throw this.#error
      const chunk = this.#waiting.shift()
      if (chunk !== undefined) yield chunk
      else if (this.#ended) return
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }
}

/** The last lines of a text that is too long, and how many were before them. */
class Tail {
  #lines: string[] = []
  #bytes = 0
  #dropped = 0

  push(line: string): void {
    this.#lines.push(line)
    this.#bytes += Buffer.byteLength(line) + 1
    if (this.#bytes <= 2 * TAIL_BYTES) return
    let first = 0
    while (this.#bytes > TAIL_BYTES) this.#bytes -= Buffer.byteLength(this.#lines[first++] ?? '') + 1
    this.#dropped += first
    this.#lines = this.#lines.slice(first)
  }

  text(): string {
    const gap = this.#dropped === 0 ? '' : `==> ${this.#dropped} lines are left out here\n`
    return gap + this.#lines.map((line) => `${line}\n`).join('')
  }
}
