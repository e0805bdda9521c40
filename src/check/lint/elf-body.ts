// SPDX-License-Identifier: Apache-2.0
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { makeTempDirectory, type TempDirectory, writeAll } from '../../base/index.ts'
import type { ElfSource } from '../../elf/index.ts'

/** Larger files are put on the disk while they are looked into. */
const IN_MEMORY_BYTES = 32 * 1024 * 1024

/** The bodies of ELF files, one after another: what a stream gives once is readable here at any place, until the next one comes. */
export class ElfBodies implements AsyncDisposable {
  readonly #workDirectory: string
  #memory: Buffer = Buffer.alloc(0)
  #disk: { readonly directory: TempDirectory; readonly file: FileHandle } | undefined

  /** @param workDirectory of the host, for files that are too large for memory. */
  constructor(workDirectory: string) {
    this.#workDirectory = workDirectory
  }

  /** A place for a body of that size, which a stream fills from its beginning. @throws MillraceError DISK_FULL */
  async take(sizeBytes: number): Promise<{ put(chunk: Uint8Array): Promise<void>; source: ElfSource }> {
    return sizeBytes > IN_MEMORY_BYTES ? this.#onDisk(sizeBytes) : this.#inMemory(sizeBytes)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#disk?.file.close()
    await this.#disk?.directory[Symbol.asyncDispose]()
  }

  #inMemory(sizeBytes: number) {
    if (this.#memory.length < sizeBytes) this.#memory = Buffer.allocUnsafe(sizeBytes)
    const body = this.#memory.subarray(0, sizeBytes)
    let filled = 0
    return {
      put: async (chunk: Uint8Array) => {
        body.set(chunk, filled)
        filled += chunk.length
      },
      source: {
        sizeBytes,
        read: async (offset: number, length: number) => body.subarray(offset, offset + length),
      },
    }
  }

  async #onDisk(sizeBytes: number) {
    this.#disk ??= await openDisk(this.#workDirectory)
    const { file } = this.#disk
    await file.truncate(0)
    let filled = 0
    return {
      put: async (chunk: Uint8Array) => {
        await writeAll(file, chunk, filled)
        filled += chunk.length
      },
      source: {
        sizeBytes,
        read: async (offset: number, length: number) => {
          const bytes = Buffer.allocUnsafe(length)
          const { bytesRead } = await file.read(bytes, 0, length, offset)
          return bytes.subarray(0, bytesRead)
        },
      },
    }
  }
}

async function openDisk(workDirectory: string) {
  const directory = await makeTempDirectory(workDirectory, 'lint')
  return { directory, file: await open(join(directory.path, 'body'), 'wx+', 0o600) }
}
