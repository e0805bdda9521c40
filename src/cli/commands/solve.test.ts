// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeSigner, packApk } from '../../../test/support/packed-apk.ts'
import { recordOfLine } from '../../../test/support/solver.ts'
import { formatApkRecord, writeApkIndex } from '../../apk/index.ts'
import { makeTempDirectory, systemClock, type TempDirectory } from '../../base/index.ts'
import { openBlobDirectory } from '../../store/index.ts'
import { makeProgram } from '../main.ts'

const signer = makeSigner('test.rsa.pub')
let temp: TempDirectory
beforeEach(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-solve')
})
afterEach(() => temp[Symbol.asyncDispose]())

async function run(...args: string[]): Promise<string> {
  let said = ''
  const stdout = new Writable({
    write: (chunk, _, done) => {
      said += chunk
      done()
    },
  })
  const context = { stdout, stderr: stdout, signal: new AbortController().signal, clock: systemClock }
  const all = ['--data', join(temp.path, 'data'), ...args]
  await (await makeProgram(context as never)).parseAsync(all, { from: 'user' })
  return said
}

async function repository(name: string, ...lines: string[]): Promise<string> {
  const directory = join(temp.path, name)
  await mkdir(join(directory, 'x86_64'), { recursive: true })
  const bytes = await writeApkIndex(
    lines.map((line) => formatApkRecord(recordOfLine(line))),
    'test',
    signer,
  )
  await writeFile(join(directory, 'x86_64', 'APKINDEX.tar.gz'), bytes)
  return directory
}

describe('millrace solve', () => {
  it('prints packages in install order, and why each is there', async () => {
    const place = await repository('os', 'a-1 D: b', 'b-2 D: so:libc.so.1', 'c-3 p: so:libc.so.1=1')
    expect(await run('solve', 'a', '--repository', place, '--arch', 'x86_64')).toBe(
      'c-3  a → b → so:libc.so.1\nb-2  a → b\na-1  a\n',
    )
  })

  it('takes tagged repositories and indexes by themselves', async () => {
    const os = await repository('os', 'a-1')
    const local = await repository('local', 'a-2')
    const index = join(temp.path, 'APKINDEX')
    await writeFile(index, formatApkRecord(recordOfLine('b-9')))
    const said = await run(
      ...['solve', 'a@local', 'b', '--arch', 'x86_64', '--json', '--index', index],
      ...['--repository', os, '--repository', `@local ${local}`],
    )
    expect(JSON.parse(said)).toEqual({
      packages: [
        { name: 'a', version: '2', repository: `@local ${local}`, because: ['a@local'] },
        { name: 'b', version: '9', repository: index, because: ['b'] },
      ],
    })
  })

  it('says who is refused, and asks no other machine offline', async () => {
    const place = await repository('os', 'a-1')
    await expect(run('solve', 'a>1', '--repository', place, '--arch', 'x86_64')).rejects.toMatchObject({
      code: 'DEPENDENCY_UNSATISFIED',
      why: 'no package for a>1 can be taken:\na-1: its version for a is 1',
    })
    await expect(run('--offline', 'solve', 'a', '--repository', 'http://127.0.0.1:9')).rejects.toMatchObject({
      code: 'OFFLINE',
    })
    await expect(run('solve', 'a', '--index', join(temp.path, 'none'))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })
})

describe('millrace lock of an image', () => {
  it('writes a lock beside it, keeps one that holds, and refuses one that does not, at its line', async () => {
    const blobs = await openBlobDirectory(join(temp.path, 'blobs'))
    const directory = join(temp.path, 'os', 'x86_64')
    await mkdir(directory, { recursive: true })
    const offer = async (stem: string) => {
      const { record, file } = await packApk({ blobs, signer }, stem, 'x86_64', { files: { [stem]: stem } })
      await writeFile(join(directory, `${stem}.apk`), blobs.read(file))
      await writeFile(
        join(directory, 'APKINDEX.tar.gz'),
        await writeApkIndex([formatApkRecord(record)], 'test', signer),
      )
    }
    await offer('app-1.0-r0')
    const image = join(temp.path, 'image.yaml')
    await writeFile(
      image,
      `contents:\n  repositories:\n    - ${join(temp.path, 'os')}\n  packages:\n    - app\narchs:\n  - x86_64\n`,
    )
    const lock = join(temp.path, 'image.lock.json')
    expect(await run('lock', image)).toBe(`${lock}  written: 1 package\n`)
    expect(await run('lock', image)).toBe(`${lock}  holds: 1 package\n`)
    await offer('app-1.1-r0')
    const before = await readFile(lock, 'utf8')
    await expect(run('lock', image)).rejects.toMatchObject({
      code: 'LOCK_MISMATCH',
      at: { file: lock, line: before.slice(0, before.indexOf('app-1.0-r0.apk')).split('\n').length },
    })
    expect(await run('lock', image, '--update')).toBe(`${lock}  written: 1 package\n`)
  })
})
