// SPDX-License-Identifier: Apache-2.0
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { archsOf, readImage } from './index.ts'

const DIRECTORY = join(import.meta.dirname, '../../distro/images')
const names = (await readdir(DIRECTORY))
  .filter((file) => !file.endsWith('.test.yaml'))
  .map((file) => file.replace(/\.yaml$/, ''))

describe('the images of the distro', () => {
  it('are those of the starter distro', () => {
    expect(names.sort()).toEqual(
      expect.arrayContaining(['bash', 'busybox', 'curl', 'nginx', 'python', 'sqlite', 'static', 'valkey']),
    )
  })

  it.each(names)('%s is defined, runs as 65532, and shows that it does', async (name) => {
    const { content, sheet } = await readImage(DIRECTORY, name, 'distro/images')
    expect(content.accounts['run-as']).toBe('nonroot')
    expect(content.contents.packages).toContain('millrace-baselayout')
    expect(content.contents.packages).toEqual(content.contents.packages.toSorted())
    expect(content.contents.packages).toContain(sheet.versionOf)
    expect(sheet.tags).toContain('latest')
    expect(sheet.cases).toContainEqual(expect.objectContaining({ kind: 'user', user: '65532' }))
    expect(archsOf(content, ['aarch64', 'x86_64'])).toContain('x86_64')
  })
})
