// SPDX-License-Identifier: Apache-2.0
import { type OpenedApk, openApk } from '../../apk/index.ts'
import { type Chunks, cleanPath, type TarMember } from '../../archive/index.ts'
import { isMillraceError, type Json } from '../../base/index.ts'
import { type Elf, type ElfSource, readElf } from '../../elf/index.ts'
import { ElfBodies } from './elf-body.ts'
import type { LintLevels } from './levels.ts'
import type { LintEntry, LintedPackage, LintFinding, LintLevel, LintRun } from './lint.ts'
import { PACKAGE_LINTS, type PackageLint } from './package-lints.ts'

/** What a lint has against a package, and how grave that is there. */
export interface PackageFinding extends LintFinding {
  readonly lint: PackageLint
  readonly level: Exclude<LintLevel, 'off'>
}

/** What lints say of a package. */
export interface LintedApk {
  readonly package: LintedPackage
  /** Required ones first, each kind by name. */
  readonly findings: readonly PackageFinding[]
  /** What a lint knows of each file, by the lint's name. */
  readonly facts: ReadonlyMap<string, readonly Json[]>
}

export interface PackageLinting {
  /** As messages name the package. */
  readonly name: string
  /** Asked once it is known which package it is. */
  readonly levels: (name: string) => LintLevels
  /** The pipelines that a package's tests use; undefined when nobody knows its recipe. */
  readonly testPipelines: (
    name: string,
    apk: Pick<OpenedApk, 'control' | 'info'>,
  ) => ReadonlySet<string> | undefined
  /** Of the host, for files that are too large for memory. */
  readonly workDirectory: string
}

/**
 * Looks through a package with all lints at once: its bytes pass by a single time, a file's content is read for those lints that ask, and an ELF file is read once for all.
 *
 * @throws MillraceError APK_INVALID, ARCHIVE_INVALID, ARCHIVE_HOSTILE, ARCHIVE_TOO_LARGE, DISK_FULL
 */
export async function lintPackage(
  chunks: Chunks,
  { name, levels, testPipelines, workDirectory }: PackageLinting,
): Promise<LintedApk> {
  const what = `linting ${name}`
  const apk = await openApk(chunks, what)
  const { info } = apk
  const of: LintedPackage = {
    ...{ name: info.name, fullVersion: info.version, arch: info.arch },
    testPipelines: testPipelines(info.name, apk),
  }
  const begun = begin(of, levels(info.name))
  const runs = begun.map(({ run }) => run)
  const audience: Audience = {
    entries: runs.filter((run) => run.entry !== undefined),
    binaries: runs.filter((run) => run.binary !== undefined),
  }
  await using bodies = new ElfBodies(workDirectory)
  for await (const member of apk.data) await tell(member, audience, bodies, what)
  return {
    package: of,
    findings: begun.flatMap(({ run, lint, level }) => {
      const finding = run.finish()
      return finding === undefined ? [] : [{ ...finding, lint, level }]
    }),
    facts: new Map(
      begun.flatMap(({ run, lint }) => (run.facts === undefined ? [] : [[lint.name, run.facts()] as const])),
    ),
  }
}

interface BegunLint {
  readonly lint: PackageLint
  readonly level: PackageFinding['level']
  readonly run: LintRun
}

function begin(of: LintedPackage, levels: LintLevels): BegunLint[] {
  const wanted = (['required', 'warn'] as const).flatMap((level) =>
    PACKAGE_LINTS.filter(({ name }) => levels.get(name) === level)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((lint) => ({ lint, level })),
  )
  return wanted.flatMap(({ lint, level }) => {
    const run = lint.open(of)
    return run === undefined ? [] : [{ lint, level, run }]
  })
}

/** Who wants to be told of what. */
interface Audience {
  readonly entries: readonly LintRun[]
  readonly binaries: readonly LintRun[]
}

async function tell(
  { entry: { path: name, type, mode, sizeBytes, linkPath, pax }, body }: TarMember,
  { entries, binaries }: Audience,
  bodies: ElfBodies,
  what: string,
): Promise<void> {
  const path = cleanPath(name, what)
  if (path === '') return
  const sha1 = pax.get('APK-TOOLS.checksum.SHA1')
  const entry: LintEntry = { path, type, mode, sizeBytes, linkTarget: linkPath, sha1 }
  const readers = entries.flatMap((run) => run.entry?.(entry) ?? [])
  if (type !== 'file' || readers.length + binaries.length === 0) return
  let elfBody: Awaited<ReturnType<ElfBodies['take']>> | undefined
  let isFirst = true
  for await (const chunk of wholeMagic(body)) {
    if (isFirst && binaries.length > 0 && isElf(chunk)) elfBody = await bodies.take(sizeBytes)
    isFirst = false
    for (const reader of readers) reader.chunk(chunk)
    await elfBody?.put(chunk)
  }
  for (const reader of readers) reader.end()
  if (elfBody === undefined) return
  const { source } = elfBody
  const binary = { entry, source, ...(await elfOf(source, `${what}: reading ${path}`)) }
  for (const run of binaries) await run.binary?.(binary)
}

const MAGIC = Buffer.from('\x7fELF', 'latin1')

function isElf(chunk: Uint8Array): boolean {
  return MAGIC.every((byte, index) => chunk[index] === byte)
}

/** The same bytes, the first chunk long enough to tell what they are. */
async function* wholeMagic(body: Chunks): AsyncGenerator<Uint8Array> {
  let first: Uint8Array | undefined = new Uint8Array()
  for await (const chunk of body) {
    if (first === undefined) yield chunk
    else {
      first = first.length === 0 ? chunk : Buffer.concat([first, chunk])
      if (first.length < MAGIC.length) continue
      yield first
      first = undefined
    }
  }
  if (first !== undefined && first.length > 0) yield first
}

/** A broken ELF file may be test data: that is for lints to judge. */
async function elfOf(source: ElfSource, what: string): Promise<{ elf: Elf | undefined; trouble: string }> {
  try {
    return { elf: await readElf(source, what), trouble: '' }
  } catch (error) {
    if (isMillraceError(error, 'ELF_INVALID')) return { elf: undefined, trouble: error.why }
    throw error
  }
}
