// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { someDistro } from '../../test/support/mill-process.ts'
import { readDistro } from './distro.ts'

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-distro-'))
  await someDistro(directory, [], [])
})
afterEach(() => rm(directory, { recursive: true, force: true }))

describe('distro.yaml', () => {
  it.each([
    [
      'a key spelt wrong',
      'namespace: x\nsource-date-epcoh: 1\n',
      [2, 1],
      'there is no key "source-date-epcoh" in distro.yaml',
      'did you mean source-date-epoch?',
    ],
    [
      'a number in quotes',
      'namespace: x\nsource-date-epoch: "1793491200"\n',
      [2, 20],
      'expected a number, found the text "1793491200"',
      'without quotes',
    ],
    [
      'a namespace that is none',
      'namespace: My Own\nsource-date-epoch: 1\n',
      [1, 12],
      'expected lower-case letters, digits and . _ -, none of these three first, found the text "My Own"',
      'write lower-case letters',
    ],
    ['a key left out', 'namespace: x\n', [1, 1], 'source-date-epoch is missing', 'add source-date-epoch'],
    [
      'a companion that is no name',
      'namespace: x\nsource-date-epoch: 1\nbuild-companions:\n  gcc: some options\n',
      [4, 8],
      'expected the name of a package, found the text "some options"',
      'write the name of a package',
    ],
    ['no YAML', 'namespace: [x\n', [1, 12], 'what [x opens is never closed', 'close the quote'],
  ] as const)('is refused with its place and a way out: %s', async (_, text, [line, column], why, fix) => {
    const file = join(directory, 'distro.yaml')
    await writeFile(file, text)
    await expect(readDistro(directory, 'x86_64')).rejects.toMatchObject({
      code: 'SETTINGS_INVALID',
      why,
      fix: expect.stringContaining(fix),
      at: { file, line, column },
    })
  })
})
