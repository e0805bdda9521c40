// SPDX-License-Identifier: Apache-2.0
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeSigner, type Planted, packApk } from '../../../test/support/packed-apk.ts'
import { makeTempDirectory, type TempDirectory } from '../../base/index.ts'
import type { BuiltApk } from '../../build/index.ts'
import { expandRecipe, parseRecipe } from '../../recipe/index.ts'
import { type BlobStore, openBlobDirectory } from '../../store/index.ts'
import { judgeByLints } from './lint.ts'

let temp: TempDirectory
let store: BlobStore
beforeAll(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-lint-step')
  store = await openBlobDirectory(temp.path)
})
afterAll(() => temp[Symbol.asyncDispose]())

const signer = makeSigner('x.rsa.pub')

async function judge(files: Readonly<Record<string, Planted>>, more = '', name = 'x') {
  const text = `package:\n  name: x\n  version: "1.0"\n${more}pipeline:\n  - runs: x\n`
  const expanded = expandRecipe(parseRecipe(text, 'x.yaml'), { arch: 'x86_64', find: () => undefined })
  const apk = await packApk({ blobs: store, signer }, `${name}-1.0-r0`, 'x86_64', { files })
  const judgePackages = judgeByLints({ store, sandboxDirectory: temp.path }, expanded)
  return judgePackages([apk as unknown as BuiltApk])
}

describe('the packages of a build', () => {
  it('are taken without a word when no lint has anything against them', async () => {
    expect(await judge({ 'usr/share/x': 'x' })).toEqual({ lines: [], failure: null })
  })

  it('are taken with warnings in the log, which shows the first twenty places', async () => {
    const many = Object.fromEntries(Array.from({ length: 23 }, (_, index) => [`opt/${100 + index}`, '']))
    const { lines, failure } = await judge(many)
    expect(failure).toBeNull()
    expect(lines).toHaveLength(22)
    expect(lines[0]).toMatch(/^lint: warning: opt: x has 23 files in \/opt; /)
    expect(lines.slice(1, 2).concat(lines.slice(-1))).toEqual(['lint:   opt/100', 'lint:   and 3 more'])
  })

  it('are refused for a required lint, by the step lint, with what to do', async () => {
    const { lines, failure } = await judge({ 'bin/x': '', 'usr/bin/su': { bytes: '', mode: 0o4755 } })
    expect(failure).toMatchObject({
      step: 'lint',
      class: 'lint',
      why: 'the lint setuidgid is required: x has 1 setuid, setgid or sticky file, and 1 finding more',
      fix: expect.stringContaining('or list setuidgid in checks.disabled of x'),
      errorLine: 'usr/bin/su (mode 4755: setuid)',
      snapshot: null,
    })
    expect(lines.filter((line) => line.startsWith('lint: error: '))).toHaveLength(2)
  })

  it('are taken where the recipe disables the lint for this package', async () => {
    const disabled = '  checks:\n    disabled:\n      - usrmerge\n'
    const { lines, failure } = await judge({ 'bin/x': '' }, disabled)
    expect(failure).toBeNull()
    expect(lines[0]).toMatch(/^lint: warning: usrmerge: /)
    expect((await judge({ 'bin/x': '' }, disabled, 'x-other')).failure).toMatchObject({ step: 'lint' })
  })

  it('come with a line in the log for a name in checks.disabled that no lint has', async () => {
    const { lines, failure } = await judge({}, '  checks:\n    disabled:\n      - usrmerg\n')
    expect({ lines, failure }).toEqual({
      lines: ['checks.disabled: there is no lint named "usrmerg"; did you mean usrmerge?'],
      failure: null,
    })
  })
})
