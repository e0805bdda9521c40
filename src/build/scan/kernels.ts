// SPDX-License-Identifier: Apache-2.0

import type { Exec } from '../../base/index.ts'
import { type Findings, isPlainName } from './findings.ts'
import { type Bytes, bytesOf, gunzipped, partOf, unpackedModule } from './packed-bytes.ts'
import type { ReadFile, ReadTree } from './tree.ts'

/** With what is below them. Image-based systems keep the kernel beside its modules. */
const MODULE_DIRECTORIES = /^(?:usr\/)?lib\/modules\//
const KERNEL_DIRECTORIES = /^(?:boot|(?:usr\/)?lib\/modules)\//

const RELEASE = /^[0-9.\-_A-Za-z]+/
const BANNER = Buffer.from('Linux version ')
const VERMAGIC = Buffer.from('vermagic=')
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b, 0x08])
const MAX_LINE_BYTES = 4096

/**
 * `linux:` names: a kernel provides its release, and modules depend on the release that they were built for. Each file of their directories is looked into; those that are
 * neither say nothing.
 */
export async function scanKernels(tree: ReadTree, exec: Exec): Promise<Findings> {
  const depends = new Set<string>()
  const provides = new Set<string>()
  for (const file of tree.files) {
    if (!KERNEL_DIRECTORIES.test(file.path)) continue
    const kernel = releaseIn(await kernelBanner(file))
    if (isPlainName(kernel)) provides.add(`linux:${kernel}`)
    if (!MODULE_DIRECTORIES.test(file.path)) continue
    const module = releaseIn(await lineAfter(VERMAGIC, await unpackedModule(bytesOf(file), exec)))
    if (isPlainName(module)) depends.add(`linux:${module}`)
  }
  return { depends: [...depends], provides: [...provides], vendored: [] }
}

const releaseIn = (line: string | undefined) => RELEASE.exec(line ?? '')?.[0] ?? ''

/** What a kernel says first when it boots: from the header of an x86 boot image, behind the decompressor of an ARM one, or from the kernel as it is. */
async function kernelBanner(file: ReadFile): Promise<string | undefined> {
  const image = await unwrap(bytesOf(file))
  const head = await headOf(image)
  const inHeader = bootHeaderVersion(head)
  if (inHeader !== undefined) return inHeader
  const packedAt = await placeOf(GZIP_MAGIC, image)
  const inPacked =
    packedAt === undefined ? undefined : await lineAfter(BANNER, gunzipped(partOf(image, packedAt)))
  return inPacked ?? (await lineAfter(BANNER, image))
}

/** A kernel may be compressed as a whole, or the section `.linux` of a unified kernel image (a PE file). */
async function unwrap(image: Bytes): Promise<Bytes> {
  const head = await headOf(image)
  if (head.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC)) return gunzipped(image)
  const section = linuxSection(head)
  return section === undefined ? image : partOf(image, section.offset, section.sizeBytes)
}

/** Linux's boot protocol for x86: `HdrS`, and the place of the version string less 0x200 (Documentation/arch/x86/boot.rst). */
function bootHeaderVersion(head: Buffer): string | undefined {
  if (head.length < 528 || head.toString('latin1', 514, 518) !== 'HdrS') return undefined
  const pointer = head.readUInt16LE(526)
  if (pointer === 0) return undefined
  return lineAt(head, pointer + 0x200)
}

/** Microsoft's PE format: where the section headers are, and what of the file each has. */
function linuxSection(head: Buffer): { offset: number; sizeBytes: number } | undefined {
  if (head.length < 64 || head.toString('latin1', 0, 2) !== 'MZ') return undefined
  const pe = head.readUInt32LE(60)
  if (pe + 24 > head.length || head.toString('latin1', pe, pe + 4) !== 'PE\0\0') return undefined
  const count = head.readUInt16LE(pe + 6)
  const first = pe + 24 + head.readUInt16LE(pe + 20)
  for (let at = first; at < first + 40 * count && at + 40 <= head.length; at += 40)
    if (head.toString('latin1', at, at + 8) === '.linux\0\0')
      return { sizeBytes: head.readUInt32LE(at + 16), offset: head.readUInt32LE(at + 20) }
  return undefined
}

/** As far as a boot header's version and a PE file's section table reach. */
const HEAD_BYTES = 0x200 + 0xffff + MAX_LINE_BYTES

async function headOf(bytes: Bytes): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of bytes()) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= HEAD_BYTES) break
  }
  return Buffer.concat(chunks).subarray(0, HEAD_BYTES)
}

/** Where bytes are first found. */
async function placeOf(wanted: Buffer, bytes: Bytes): Promise<number | undefined> {
  let kept = Buffer.alloc(0)
  let offset = 0
  for await (const chunk of bytes()) {
    const window = Buffer.concat([kept, chunk])
    const at = window.indexOf(wanted)
    if (at >= 0) return offset + at
    kept = window.subarray(Math.max(0, window.length - wanted.length + 1))
    offset += window.length - kept.length
  }
  return undefined
}

/** What follows the first place of a prefix, up to the end of its line; undefined when there is none. */
async function lineAfter(prefix: Buffer, bytes: Bytes): Promise<string | undefined> {
  let kept = Buffer.alloc(0)
  for await (const chunk of bytes()) {
    const window = Buffer.concat([kept, chunk])
    const at = window.indexOf(prefix)
    const isWhole = at >= 0 && window.length - at >= prefix.length + MAX_LINE_BYTES
    if (isWhole) return lineAt(window, at + prefix.length)
    kept = window.subarray(at >= 0 ? at : Math.max(0, window.length - prefix.length + 1))
  }
  const at = kept.indexOf(prefix)
  return at < 0 ? undefined : lineAt(kept, at + prefix.length)
}

/** Up to a NUL byte, a line break or the end; undefined when it is blank. */
function lineAt(bytes: Buffer, start: number): string | undefined {
  const text = bytes.toString('latin1', start, start + MAX_LINE_BYTES)
  const line = text.split(/[\0\n]/, 1)[0]?.trim() ?? ''
  return line === '' ? undefined : line
}
