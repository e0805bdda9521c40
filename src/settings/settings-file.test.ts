// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatError } from '../base/index.ts'
import { readSettingsFile } from './settings-file.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-settings-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

async function read(text: string) {
  const path = join(root, 'millrace.yaml')
  await writeFile(path, text)
  return readSettingsFile(path, true)
}

const DEFAULTS = { failedBuilds: { maxCount: 10, maxBytes: 10e9 }, secrets: [] }

describe('a settings file', () => {
  it('need not be there, unless somebody named it', () => {
    expect(readSettingsFile(join(root, 'absent.yaml'), false)).toEqual(DEFAULTS)
    expect(() => readSettingsFile(join(root, 'absent.yaml'), true)).toThrowError(
      expect.objectContaining({ code: 'SETTINGS_INVALID' }),
    )
  })

  it('says how much is kept of failed builds, and which secrets there are by their files', async () => {
    const text =
      'failed-builds: {count: 3, size: 1.5 GB}\nsecrets:\n  forge:\n    file: token\n    hosts: [git.example.org]\n'
    expect(await read(text)).toEqual({
      failedBuilds: { maxCount: 3, maxBytes: 1.5e9 },
      secrets: [{ name: 'forge', file: join(root, 'token'), hosts: ['git.example.org'], as: 'bearer' }],
    })
    expect(await read('failed-builds: {count: 0}\n')).toEqual({
      ...DEFAULTS,
      failedBuilds: { maxCount: 0, maxBytes: 10e9 },
    })
  })

  it.each([
    { name: 'an unknown key', text: 'failed-build: {}\n', line: 1, why: 'failed-builds' },
    {
      name: 'a secret’s value',
      text: 'secrets:\n  forge:\n    file: x\n    hosts: [a]\n    value: y\n',
      line: 5,
      why: 'value',
    },
    { name: 'no hosts', text: 'secrets:\n  forge:\n    file: x\n    hosts: []\n', line: 4, why: '' },
    {
      name: 'a URL for a host',
      text: 'secrets:\n  forge:\n    file: x\n    hosts: [https://a]\n',
      line: 4,
      why: 'a host such as',
    },
    {
      name: 'an unknown way',
      text: 'secrets:\n  forge:\n    file: x\n    hosts: [a]\n    as: cookie\n',
      line: 5,
      why: 'bearer',
    },
    { name: 'a size without unit', text: 'failed-builds:\n  size: 10\n', line: 2, why: '' },
  ])('is refused with its place: $name', async ({ text, line, why }) => {
    const error: unknown = await read(text).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'SETTINGS_INVALID', at: { line } })
    expect(formatError(error)).toContain(why)
  })
})
