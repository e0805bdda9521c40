// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { main, openWorkbench, type Workbench } from '../../test/support/run-pipeline.ts'

let bench: Workbench
beforeEach(async () => {
  bench = await openWorkbench()
})
afterEach(() => bench[Symbol.asyncDispose]())

describe('fetch', () => {
  const sha = (kind: string, bytes: Buffer) => createHash(kind).update(bytes).digest('hex')

  async function source(): Promise<Buffer> {
    await bench.write('made/hello-1.0/a b', 'inside\n')
    await bench.write('made/hello-1.0/deep/c', '')
    await bench.sh('tar -C made -czf made.tar.gz hello-1.0; rm -r made')
    const bytes = await readFile(join(bench.workspace, 'made.tar.gz'))
    await bench.sh('rm made.tar.gz')
    return bytes
  }
  const mount = (name: string, bytes: Buffer) => writeFile(join(bench.cache, name), bytes)
  const URI = 'https://example.org/files/hello-1.0.tar.gz'

  it('takes the source that stands in the sandbox by its digest, and unpacks it', async () => {
    const bytes = await source()
    await mount(`sha256:${sha('sha256', bytes)}`, bytes)
    expect(
      await bench.run(main('fetch', { uri: URI, 'expected-sha256': sha('sha256', bytes) })),
    ).toMatchObject({ code: 0 })
    expect(await bench.tree('.')).toEqual(['a b', 'deep/c', 'hello-1.0.tar.gz'])
  })

  it('knows sha512 too, other directories, and when not to unpack', async () => {
    const bytes = await source()
    const digest = sha('sha512', bytes)
    await mount(`sha512:${digest}`, bytes)
    const inputs = {
      uri: URI,
      'expected-sha512': digest,
      directory: 'sub dir/x',
      'strip-components': '0',
      delete: 'true',
    }
    expect(await bench.run(main('fetch', inputs))).toMatchObject({ code: 0 })
    expect(await bench.tree('.')).toEqual(['sub dir/x/hello-1.0/a b', 'sub dir/x/hello-1.0/deep/c'])
    await bench.run(main('fetch', { uri: `${URI}?raw=1`, 'expected-sha512': digest, extract: 'false' }))
    expect(await bench.tree('.')).toContain('hello-1.0.tar.gz?raw=1')
  })

  it('says what is missing, and refuses other bytes', async () => {
    const bytes = await source()
    const digest = sha('sha256', bytes)
    expect(await bench.run(main('fetch', { uri: URI, 'expected-sha256': digest }))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`(sha256:${digest}) is not among the verified sources`),
    })
    await mount(`sha256:${digest}`, Buffer.from('other'))
    expect(await bench.run(main('fetch', { uri: URI, 'expected-sha256': digest }))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`expected ${digest}`),
    })
    expect(await bench.run(main('fetch', { uri: URI, 'expected-none': 'yes' }))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('could be another file tomorrow'),
    })
  })
})

describe('patch', () => {
  const PATCH = '--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-one\n+two\n'

  it('applies a list, a series with comments, and at another depth', async () => {
    await bench.write('x', 'one\n')
    await bench.write('1.patch', PATCH)
    await bench.write(
      '2.patch',
      PATCH.replaceAll('one', 'three')
        .replaceAll('two', 'four')
        .replaceAll(/[ab]\/x/g, 'q/r/x')
        .replace('-three', '-two'),
    )
    expect(await bench.run(main('patch', { patches: '1.patch \\\n' }))).toMatchObject({ code: 0 })
    expect(await bench.read('x')).toBe('two\n')
    await bench.write('series', '# first\n\n2.patch -p2 # of quilt\n')
    expect(await bench.run(main('patch', { series: 'series', 'strip-components': '2' }))).toMatchObject({
      code: 0,
    })
    expect(await bench.read('x')).toBe('four\n')
  })

  it.each([
    [{}, 'give patches or series'],
    [{ patches: 'a.patch' }, 'there is no file a.patch'],
    [{ series: 'series' }, 'there is no series file series'],
    [{ patches: "x';id" }, "the name x';id has characters of the shell's in it"],
    [{ patches: '$(touch owned)' }, "has characters of the shell's"],
    [{ patches: 'a.patch', fuzz: '2;id' }, 'whole numbers'],
  ])('refuses %j', async (inputs, message) => {
    expect(await bench.run(main('patch', inputs))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(message),
    })
    expect(await bench.tree('.')).toEqual([])
  })

  it('fails when a patch does not fit', async () => {
    await bench.write('x', 'nothing of the kind\n')
    await bench.write('1.patch', PATCH)
    expect(await bench.run(main('patch', { patches: '1.patch' }))).toMatchObject({ code: 1 })
  })
})
