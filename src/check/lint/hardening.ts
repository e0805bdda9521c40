// SPDX-License-Identifier: Apache-2.0
import { isMillraceError } from '../../base/index.ts'
import { type Elf, type ElfHardening, type ElfSource, readElfHardening } from '../../elf/index.ts'
import { type HardeningRow, hardeningRow, type Lack, lacksOf } from './hardening-checks.ts'

/** What the lint `hardening` says of one file. */
export interface HardeningJudgement {
  readonly row: HardeningRow
  /** Findings first, each kind in the order of the checks. */
  readonly lacks: readonly Lack[]
}

/**
 * Judges one file of a package.
 *
 * @param arch of the package, in apk's words: programs for another machine, such as firmware, are not run here.
 * @param what the act, for messages.
 * @returns undefined for what is neither a program nor a shared object of this architecture, and for what is so damaged that no loader takes it. @throws what `source.read` throws
 */
export async function judgeHardening(
  source: ElfSource,
  elf: Elf,
  arch: string,
  what: string,
): Promise<HardeningJudgement | undefined> {
  if (elf.arch !== arch) return undefined
  const hardening = await readWhole(source, what)
  if (hardening === undefined) return undefined
  const binary = { elf, hardening }
  return { row: hardeningRow(binary), lacks: lacksOf(binary) }
}

async function readWhole(source: ElfSource, what: string): Promise<ElfHardening | undefined> {
  try {
    return await readElfHardening(source, what)
  } catch (error) {
    if (isMillraceError(error, 'ELF_INVALID')) return undefined
    throw error
  }
}
