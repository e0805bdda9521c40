// SPDX-License-Identifier: Apache-2.0
import type { TarType } from '../../archive/index.ts'
import type { Json } from '../../base/index.ts'
import type { Elf, ElfSource } from '../../elf/index.ts'

/** How grave a finding is: `required` fails a build, `warn` is told, `off` is not looked for. */
export type LintLevel = 'required' | 'warn' | 'off'

/** What is said of every lint. */
export interface LintSheet {
  /** As recipes and options name it. */
  readonly name: string
  /** Unless something else is asked for. */
  readonly level: LintLevel
  /** What it wants, as a sentence without its dot. */
  readonly title: string
  /** Why that matters. */
  readonly explanation: string
  /** What to do about a finding. */
  readonly advice: string
}

/** The package that lints look at. */
export interface LintedPackage {
  readonly name: string
  /** `1.2.3-r0` */
  readonly fullVersion: string
  /** In apk's words. */
  readonly arch: string
  /** Pipelines that the tests of this package use, such as `test/tw/ldd-check`; undefined when its recipe is not known. */
  readonly testPipelines: ReadonlySet<string> | undefined
}

/** One name of a package, without its content. */
export interface LintEntry {
  /** From the root, without a leading slash. */
  readonly path: string
  readonly type: TarType
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number
  readonly sizeBytes: number
  /** Target of a link, '' for other kinds. */
  readonly linkTarget: string
  /** What the package says that the content’s SHA-1 is, in hex, as apk checks it when it installs; undefined where it does not. */
  readonly sha1: string | undefined
}

/** Takes the content of one file as it passes by; what a chunk holds is gone after the call. */
interface ContentReader {
  chunk(bytes: Uint8Array): void
  end(): void
}

/** A file that begins as an ELF file does. It is read at once for all lints, and can be read only while they are told of it. */
interface LintBinary {
  readonly entry: LintEntry
  /** What it says of itself; undefined when it cannot be read: `trouble` has why. */
  readonly elf: Elf | undefined
  readonly trouble: string
  readonly source: ElfSource
}

/** One place of a package that a finding is about. */
export interface LintPlace {
  readonly path: string
  /** What is there, as `mode 4755: setuid`; nothing when the path says it. */
  readonly note?: string
}

/** What a lint has against a package. */
export interface LintFinding {
  /** A clause with the package as its subject: `has 2 files in /dev`. */
  readonly what: string
  /** Empty when it is about the package as a whole. */
  readonly places: readonly LintPlace[]
  /** The same for programs, with melange's keys; nothing stands for `{ paths }`, and for no details where there is no place. */
  readonly details?: Json
}

/** A lint at its work on one package: it is told of everything once, in the order of the archive, then asked. */
export interface LintRun {
  /** @returns a reader when the content matters. */
  entry?(entry: LintEntry): ContentReader | undefined
  /** Told of ELF files, after their entry. */
  binary?(binary: LintBinary): void | Promise<void>
  /** @returns undefined when all is well. */
  finish(): LintFinding | undefined
  /** What it knows of each file, wrong or not, as rows of a table. */
  facts?(): readonly Json[]
}

/** Begins a lint on a package; undefined when the lint does not apply to it. */
export type OpenLint = (of: LintedPackage) => LintRun | undefined
