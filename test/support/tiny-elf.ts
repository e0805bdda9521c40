// SPDX-License-Identifier: Apache-2.0

/** What a tiny ELF file says. Everything has a default: a 64-bit little-endian shared object for x86_64 that says nothing. */
export interface TinyElf {
  readonly class?: 32 | 64
  readonly byteOrder?: 'little' | 'big'
  readonly machine?: number
  /** e_type: 1 relocatable, 2 executable, 3 shared, 4 core. */
  readonly type?: number
  readonly interpreter?: string
  readonly soname?: string
  readonly needed?: readonly string[]
  readonly rpath?: string
  readonly runpath?: string
  readonly isPie?: boolean
  readonly buildId?: Uint8Array
  /** Names of sections, in this order behind the null section; none leaves the section headers out. */
  readonly sections?: readonly TinySection[]
  /** Counts stand in section 0, as in files of more than 65,279 sections. */
  readonly hasLargeCounts?: boolean
  /** Where its first byte is loaded. */
  readonly address?: bigint
  /** Program headers beside those that follow from the rest. */
  readonly segments?: readonly TinySegment[]
  /** Entries of the dynamic section, likewise. */
  readonly dynamic?: readonly (readonly [tag: bigint, value: bigint])[]
  /** Undefined symbols of the dynamic section, with a table of hashes that tells how many. */
  readonly imports?: readonly string[]
}

export interface TinySegment {
  readonly type: number
  /** Of PF_X (1), PF_W (2) and PF_R (4). */
  readonly flags: number
  readonly content?: Uint8Array
}

export interface TinySection {
  readonly name: string
  readonly type: number
  readonly flags?: bigint
  /** The build id's note is the section's content. */
  readonly isBuildId?: boolean
  readonly content?: Uint8Array
}

/** A whole ELF file: header, program headers, one loaded segment with everything in it, section headers. It does not run. */
export function tinyElf(tiny: TinyElf = {}): Uint8Array {
  const is64 = (tiny.class ?? 64) === 64
  const put = writerOf(is64, (tiny.byteOrder ?? 'little') === 'little')
  const address = tiny.address ?? 0x10000n
  const [headerBytes, segmentBytes, sectionBytes] = is64 ? [64, 56, 64] : [52, 32, 40]

  const names = new StringTable()
  const entries: [bigint, bigint][] = [
    ...(tiny.needed ?? []).map((name): [bigint, bigint] => [1n, names.add(name)]),
    ...optional(14n, tiny.soname, names),
    ...optional(15n, tiny.rpath, names),
    ...optional(29n, tiny.runpath, names),
    ...(tiny.isPie === true ? [[0x6ffffffbn, 0x08000000n] as [bigint, bigint]] : []),
    ...(tiny.dynamic ?? []).map(([tag, value]): [bigint, bigint] => [tag, value]),
  ]
  const symbols = tiny.imports?.map((name) => put.symbol(Number(names.add(name))))
  const hasDynamic = entries.length > 0 || symbols !== undefined
  const note = tiny.buildId === undefined ? undefined : put.note(tiny.buildId)
  const interpreter = tiny.interpreter === undefined ? undefined : Buffer.from(`${tiny.interpreter}\0`)

  // Each part's bytes may depend on the place of those before it alone.
  const more = tiny.segments ?? []
  const segmentCount =
    more.length + [true, interpreter, note, hasDynamic || undefined].filter((one) => one !== undefined).length
  const parts: { at: number; bytes: Uint8Array }[] = []
  let end = headerBytes + segmentCount * segmentBytes
  const place = (bytes: Uint8Array) => {
    end = Math.ceil(end / 8) * 8
    const at = end
    parts.push({ at, bytes })
    end += bytes.length
    return { at, size: bytes.length }
  }
  const segments: { type: number; flags?: number; at: number; size: number }[] = []
  const noteAt = note === undefined ? undefined : place(note)
  if (interpreter !== undefined) segments.push({ type: 3, ...place(interpreter) })
  if (noteAt !== undefined) segments.push({ type: 4, ...noteAt })
  if (hasDynamic) {
    const table = place(names.bytes())
    const symbolTags: [bigint, bigint][] =
      symbols === undefined
        ? []
        : [
            [6n, address + BigInt(place(Buffer.concat([put.symbol(0), ...symbols])).at)],
            [4n, address + BigInt(place(put.hash(symbols.length + 1)).at)],
          ]
    const tags: [bigint, bigint][] = [
      ...entries,
      ...symbolTags,
      [5n, address + BigInt(table.at)],
      [10n, BigInt(table.size)],
      [0n, 0n],
    ]
    segments.push({ type: 2, ...place(put.words(tags.flat())) })
  }
  for (const { type, flags, content } of more)
    segments.push({ type, flags, ...(content === undefined ? { at: 0, size: 0 } : place(content)) })
  segments.unshift({ type: 1, at: 0, size: end })

  const sectionNames = new StringTable()
  const sections = (tiny.sections ?? []).map((section) => ({
    ...section,
    nameAt: Number(sectionNames.add(section.name)),
    place:
      section.content !== undefined
        ? place(section.content)
        : section.isBuildId === true && noteAt !== undefined
          ? noteAt
          : { at: headerBytes, size: 0 },
  }))
  const namesIndex = sections.length + 1
  const namesNameAt = Number(sectionNames.add('.shstrtab'))
  const count = tiny.sections === undefined ? 0 : sections.length + 2
  const namesPlace = count === 0 ? { at: 0, size: 0 } : place(sectionNames.bytes())
  const large = tiny.hasLargeCounts === true
  const table = Buffer.concat([
    put.section(
      0,
      0,
      0n,
      large ? { at: 0, size: count } : { at: 0, size: 0 },
      large ? namesIndex : 0,
      large ? segments.length : 0,
    ),
    ...sections.map(({ nameAt, type, flags, place }) => put.section(nameAt, type, flags ?? 0n, place, 0, 0)),
    put.section(namesNameAt, 3, 0n, namesPlace, 0, 0),
  ])
  const sectionsAt = count === 0 ? 0 : place(table).at

  const header = put.header({
    type: tiny.type ?? 3,
    machine: tiny.machine ?? 62,
    segmentsAt: headerBytes,
    sectionsAt,
    counts: [
      headerBytes,
      segmentBytes,
      large ? 0xffff : segments.length,
      sectionBytes,
      large ? 0 : count,
      count === 0 ? 0 : large ? 0xffff : namesIndex,
    ],
  })
  const file = new Uint8Array(end)
  file.set(header)
  file.set(Buffer.concat(segments.map((segment) => put.segment(segment, address))), headerBytes)
  for (const { at, bytes } of parts) file.set(bytes, at)
  return file
}

class StringTable {
  #text = '\0'

  add(name: string): bigint {
    const at = Buffer.byteLength(this.#text)
    this.#text += `${name}\0`
    return BigInt(at)
  }

  bytes(): Uint8Array {
    return Buffer.from(this.#text)
  }
}

function optional(tag: bigint, text: string | undefined, names: StringTable): [bigint, bigint][] {
  return text === undefined ? [] : [[tag, names.add(text)]]
}

function writerOf(is64: boolean, isLittle: boolean) {
  const number = (value: bigint, size: number) => {
    const bytes = Buffer.alloc(8)
    if (isLittle) bytes.writeBigUInt64LE(value)
    else bytes.writeBigUInt64BE(value)
    return isLittle ? bytes.subarray(0, size) : bytes.subarray(8 - size)
  }
  const half = (value: number) => number(BigInt(value), 2)
  const four = (value: number) => number(BigInt(value), 4)
  const word = (value: bigint | number) => number(BigInt(value), is64 ? 8 : 4)
  return {
    words: (values: readonly bigint[]) => Buffer.concat(values.map(word)),
    note: (buildId: Uint8Array) =>
      Buffer.concat([four(4), four(buildId.length), four(3), Buffer.from('GNU\0'), buildId]),
    header: (h: {
      type: number
      machine: number
      segmentsAt: number
      sectionsAt: number
      counts: number[]
    }) =>
      Buffer.concat([
        Buffer.from([0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, isLittle ? 1 : 2, 1]),
        Buffer.alloc(9),
        half(h.type),
        half(h.machine),
        four(1),
        word(0),
        word(h.segmentsAt),
        word(h.sectionsAt),
        four(0),
        ...h.counts.map(half),
      ]),
    /** An undefined one. */
    symbol: (name: number) =>
      is64 ? Buffer.concat([four(name), Buffer.alloc(20)]) : Buffer.concat([four(name), Buffer.alloc(12)]),
    /** DT_HASH with one bucket. */
    hash: (symbols: number) => Buffer.concat([four(1), four(symbols), four(0), Buffer.alloc(4 * symbols)]),
    segment: (
      { type, flags = 4, at, size }: { type: number; flags?: number; at: number; size: number },
      address: bigint,
    ) => {
      const [offset, loaded] = [word(at), word(address + BigInt(at))]
      return is64
        ? Buffer.concat([four(type), four(flags), offset, loaded, loaded, word(size), word(size), word(8)])
        : Buffer.concat([four(type), offset, loaded, loaded, word(size), word(size), four(flags), word(4)])
    },
    section: (
      name: number,
      type: number,
      flags: bigint,
      { at, size }: { at: number; size: number },
      link: number,
      info: number,
    ) =>
      Buffer.concat([
        four(name),
        four(type),
        word(flags),
        word(0),
        word(at),
        word(size),
        four(link),
        four(info),
        word(4),
        word(0),
      ]),
  }
}
