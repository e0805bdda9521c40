// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'

/** Bytes that compress about as programs do: each half kilobyte of noise comes twice. */
export function textLike(seed: string, sizeBytes: number): Uint8Array {
  const bytes = Buffer.alloc(sizeBytes)
  let noise = createHash('sha512').update(seed).digest()
  for (let offset = 0; offset < bytes.length; offset += 128) {
    noise = createHash('sha512').update(noise).digest()
    noise.copy(bytes, offset)
    noise.copy(bytes, offset + 64)
  }
  return bytes
}
