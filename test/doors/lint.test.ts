// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collectBytes } from '../../src/archive/index.ts'
import { makeTempDirectory, type TempDirectory } from '../../src/base/index.ts'
import { openBlobDirectory } from '../../src/store/index.ts'
import { millrace } from '../support/mill-process.ts'
import { makeSigner, type Planted, packApk } from '../support/packed-apk.ts'

let temp: TempDirectory
beforeAll(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-lint-door')
  await mkdir(join(temp.path, 'recipes'))
  await writeFile(join(temp.path, 'recipes', 'good.yaml'), recipe(''))
  await writeFile(join(temp.path, 'unlicensed.yaml'), recipe('').replace('MIT', 'GPL-2.0'))
  await writeFile(join(temp.path, 'misnamed.yaml'), recipe('  checks:\n    disabled: [usrmerg]\n'))
  await writeFile(join(temp.path, 'broken.yaml'), recipe('  epcoh: 1\n  timeout: 5\n'))
  await writeFile(join(temp.path, 'unknown.yaml'), `${recipe('')}pipeline:\n  - uses: no/such\n`)
  await pack('good', { 'usr/share/good': 'x' })
  await pack('su', { 'usr/bin/su': { bytes: 'x', mode: 0o4755 }, 'opt/su': 'x' })
})
afterAll(() => temp[Symbol.asyncDispose]())

const at = (name: string) => join(temp.path, name)
const recipe = (more: string) =>
  `package:\n  name: x\n  version: "1.0"\n  copyright:\n    - license: MIT\n${more}update:\n  manual: true\ntest:\n  pipeline:\n    - runs: x\n`

async function pack(name: string, files: Readonly<Record<string, Planted>>) {
  const blobs = await openBlobDirectory(at('store'))
  const { file } = await packApk({ blobs, signer: makeSigner('x.rsa.pub') }, `${name}-1.0-r0`, 'x86_64', {
    files,
  })
  await writeFile(at(`${name}.apk`), await collectBytes(blobs.read(file), 1e6, name))
}

const lint = (...args: string[]) => millrace(['lint', ...args], at('data'))

describe('millrace lint', () => {
  it('has nothing to say of recipes and packages that are as they should be', async () => {
    const { code, stdout, stderr } = await lint(at('recipes'), at('good.apk'))
    expect({ code, stdout, stderr }).toEqual({
      ...{ code: 0, stdout: '1 recipe and 1 package: nothing is wrong\n', stderr: '' },
    })
  })

  it('tells a finding with file, lint and place, what it is, why that matters and what to do; a warning is no failure', async () => {
    const { code, stdout } = await lint(at('unlicensed.yaml'))
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: [
        `warning recipe/license  ${at('unlicensed.yaml')}:5:16`,
        '  what  GPL-2.0 is deprecated',
        '  why   whoever has to answer for licenses, and every SBOM, knows no other names',
        '  fix   write GPL-2.0-only',
        '',
        '1 recipe: 0 errors, 1 warning',
        '',
      ].join('\n'),
    })
  })

  it('fails with 4 for a required lint of a package, with the files that it is about', async () => {
    const { code, stdout, stderr } = await lint(at('su.apk'))
    expect(code).toBe(4)
    expect(stdout).toMatch(
      /^error setuidgid {2}su-1\.0-r0\n {2}what {2}has 1 setuid.*\n {8}usr\/bin\/su: mode 4755: setuid\n {2}why/,
    )
    expect(stdout).toMatch(/\n1 package: 1 error, 1 warning\n$/)
    expect(stderr).toMatch(/^error LINT_FAILED\n/)
  })

  it('fails with 4 for a name in checks.disabled that no lint has', async () => {
    const { code, stdout } = await lint(at('misnamed.yaml'))
    expect({ code, stdout }).toMatchObject({
      code: 4,
      stdout: expect.stringContaining('did you mean usrmerge?'),
    })
    expect(stdout).toMatch(/^error recipe\/checks {2}.*misnamed\.yaml:7:16\n/)
  })

  it('fails with 3 for what cannot be read, and tells every problem with its place', async () => {
    const { code, stdout, stderr } = await lint(at('broken.yaml'), at('su.apk'), at('unlicensed.yaml'))
    expect(code).toBe(3)
    expect(stdout).toMatch(
      /error RECIPE_INVALID {2}.*broken\.yaml:6:3\n.*\n.*epcoh.*\n {2}fix {3}did you mean epoch\?/,
    )
    expect(stdout).toMatch(/error RECIPE_INVALID {2}.*broken\.yaml:7:12\n/)
    expect(stdout).toContain('error setuidgid')
    expect(stderr).toMatch(/^error RECIPE_INVALID\n.*\n {2}why {3}1 of 3 files cannot be read/)
  })

  it('fails with 3 for a recipe that cannot be said out, a package that is none, and a file that is not there', async () => {
    const { code, stdout } = await lint(at('unknown.yaml'))
    expect({ code, stdout }).toMatchObject({ code: 3, stdout: expect.stringContaining('no/such') })
    await writeFile(at('text.apk'), 'text')
    const files = await lint(at('text.apk'), at('none.apk'), at('su.apk'))
    expect(files).toMatchObject({ code: 3, stderr: expect.stringMatching(/^error ARCHIVE_INVALID/) })
    for (const told of ['error NOT_FOUND', 'error setuidgid', '3 packages: 3 errors, 1 warning'])
      expect(files.stdout).toContain(told)
    const { code: none } = await lint(at('none.yaml'))
    expect(none).toBe(3)
  })

  it('takes the lists that it is given in place of the default ones, and names of lints only', async () => {
    const { code, stdout } = await lint(at('su.apk'), '--lint-require', 'opt,dev', '--lint-warn', '')
    expect({ code, stdout }).toMatchObject({ code: 4, stdout: expect.stringMatching(/^error opt /) })
    expect(stdout).toMatch(/\n1 package: 1 error, 0 warnings\n$/)
    const wrong = await lint(at('su.apk'), '--lint-warn', 'setuid')
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('--lint-warn') })
  })

  it('writes what it finds in packages where melange would', async () => {
    await lint(at('su.apk'), at('good.apk'), '--persist-lint-results', at('results'))
    expect(await readdir(at('results/x86_64'))).toEqual(['lint-su-1.0-r0.json'])
    const { findings } = JSON.parse(await readFile(at('results/x86_64/lint-su-1.0-r0.json'), 'utf8'))
    expect(Object.keys(findings)).toEqual(['opt', 'setuidgid'])
  })

  it('says the same to programs, as one object', async () => {
    const { stdout } = await lint(at('su.apk'), at('unlicensed.yaml'), '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      recipes: [
        { problems: [], findings: [{ lint: 'recipe/license', level: 'warn', at: { line: 5, column: 16 } }] },
      ],
      packages: [
        {
          ...{ name: 'su', version: '1.0-r0', arch: 'x86_64', facts: { hardening: [] } },
          findings: [
            { lint: 'setuidgid', level: 'required', places: [{ path: 'usr/bin/su' }] },
            { lint: 'opt', level: 'warn' },
          ],
        },
      ],
    })
  })

  it('explains one lint, and lists all', async () => {
    const { stdout } = await lint('--explain', 'hardening')
    expect(stdout).toMatch(
      /^hardening \(warn\): binaries .*\n {2}why .*\n {2}fix .*\n\n {2}pie \(finding\)\n/,
    )
    expect((await lint('--explain')).stdout).toMatch(/^usrmerge +required +everything lies in/m)
    expect(await lint('--explain', 'hardenning')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean hardening?'),
    })
    expect(await lint()).toMatchObject({ code: 2 })
  })
})
