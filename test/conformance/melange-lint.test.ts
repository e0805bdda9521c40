// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collectBytes } from '../../src/archive/index.ts'
import { HOST_ENV, makeTempDirectory, runCommand, type TempDirectory } from '../../src/base/index.ts'
import { openBlobDirectory } from '../../src/store/index.ts'
import { LINT_CASES, type Outcome } from '../support/lint-cases.ts'
import { makeSigner, packApk } from '../support/packed-apk.ts'

const melange = await findMelange()
const reason = melange === undefined ? ' (skipped: melange is not on PATH)' : ''
if (reason !== '') console.warn(`what melange's lints say${reason}`)

interface Finding {
  readonly details?: {
    readonly paths?: readonly string[]
    readonly files?: readonly { readonly path: string }[]
    readonly binaries?: readonly (string | { readonly path: string })[]
    readonly references?: readonly { readonly path: string }[]
    readonly duplicates?: readonly { readonly paths: readonly string[] }[]
  }
}

describe.skipIf(melange === undefined)(`melange's lints${reason}`, () => {
  let temp: TempDirectory
  let outcomes: readonly Outcome[]
  beforeAll(async () => {
    temp = await makeTempDirectory(tmpdir(), 'millrace-melange-lint')
    outcomes = await lintedByMelange(melange ?? '', temp.path)
  }, 120_000)
  afterAll(() => temp[Symbol.asyncDispose]())

  it.each(LINT_CASES.map((one, index) => [one.claim, one, index] as const))(
    'say of a package %s what is written down',
    (_, one, index) => {
      expect(outcomes[index]).toEqual(one.melange?.found ?? one.found)
    },
  )
})

/** Lints every package in one run: their versions tell them apart. */
async function lintedByMelange(program: string, directory: string): Promise<readonly Outcome[]> {
  const blobs = await openBlobDirectory(join(directory, 'store'))
  const signer = makeSigner('x.rsa.pub')
  const files: string[] = []
  for (const [index, { name = 'x', files: planted, control = [] }] of LINT_CASES.entries()) {
    const wish = { files: planted, control }
    const apk = await packApk({ blobs, signer }, `${name}-${versionOf(index)}`, 'x86_64', wish)
    const file = join(directory, `${index}.apk`)
    await writeFile(file, await collectBytes(blobs.read(apk.file), 1e8, 'the package'))
    files.push(file)
  }
  const env = { ...HOST_ENV, HOME: directory }
  const { stdout } = await runCommand({ program, args: ['lint', '--help'], env })
  const [, byDefault = ''] = /will generate warnings \(default \[([^\]]*)\]/.exec(stdout) ?? []
  const out = join(directory, 'out')
  const all = ['--lint-warn', `${byDefault},documentation,empty`]
  const args = ['lint', '--persist-lint-results', '--out-dir', out, ...all, ...files]
  await runCommand({ program, args, env })
  const results = await readdir(join(out, 'x86_64'))
  return Promise.all(
    LINT_CASES.map(async ({ name = 'x', control }, index) => {
      // melange takes the version from the recipe that a package carries; where there is none, it writes a second revision.
      const version = control === undefined ? versionOf(index) : '1.0-r0'
      const file = results.find((one) => one.startsWith(`lint-${name}-${version}`))
      if (file === undefined) return {}
      const { findings } = JSON.parse(await readFile(join(out, 'x86_64', file), 'utf8')) as {
        findings: Readonly<Record<string, readonly Finding[]>>
      }
      return Object.fromEntries(Object.entries(findings).map(([lint, [finding]]) => [lint, pathsOf(finding)]))
    }),
  )
}

const versionOf = (index: number) => `1.${100 + index}-r0`

async function findMelange(): Promise<string | undefined> {
  const { stdout, code } = await runCommand({
    program: 'sh',
    args: ['-c', 'command -v melange'],
    env: { PATH: process.env['PATH'] ?? '' },
  })
  return code === 0 ? stdout.trim() : undefined
}

function pathsOf(finding: Finding | undefined): readonly string[] {
  const { paths = [], files = [], binaries = [], references = [], duplicates = [] } = finding?.details ?? {}
  const objects = [...files, ...binaries, ...references].map((one) =>
    typeof one === 'string' ? one : one.path,
  )
  return [...paths, ...objects, ...duplicates.flatMap((one) => one.paths)].sort()
}
