// SPDX-License-Identifier: Apache-2.0

/**
 * A body of exactly `sizeBytes`, pulled as fast as the asker takes it. The first chunk is read before there is an answer, so what goes wrong with it gets an answer of its
 * own. What goes wrong later errors the stream: the server then cuts the connection, short of the Content-Length it announced.
 */
export async function openBody(
  chunks: AsyncIterable<Uint8Array>,
  sizeBytes: number,
): Promise<ReadableStream<Uint8Array>> {
  const exact = ofExactly(sizeBytes, chunks)
  let first: IteratorResult<Uint8Array, void> | undefined = await exact.next()
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = first ?? (await exact.next())
        first = undefined
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: async () => {
        await exact.return()
      },
    },
    { highWaterMark: 0 },
  )
}

/** Whoever waits for the rest of a body that ended early would wait for ever; one that is too long would be read as the next answer. */
async function* ofExactly(
  sizeBytes: number,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  let left = sizeBytes
  for await (const chunk of chunks) {
    left -= chunk.length
    if (left < 0) break
    yield chunk
  }
  if (left !== 0) throw new Error(`the body is not of the ${sizeBytes} bytes that were announced`)
}
