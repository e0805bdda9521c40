// SPDX-License-Identifier: Apache-2.0
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { digestOf, fixedClock, formatError, makeTempDirectory, openHttp } from '../base/index.ts'
import { CLASS_TITLES } from '../build/index.ts'
import { fetchSource, type Mirror, openHostMemory } from '../source/index.ts'
import { openBlobDirectory } from '../store/index.ts'
import { attemptFailed, imageFailed, recipeFailed } from './failed.ts'
import { tell } from './main.ts'

/** What a command that ends with an error prints, and its exit code. */
function told(error: unknown, json = false): { readonly exit: number; readonly lines: string[] } {
  const said: string[] = []
  const stderr = new Writable({
    write: (chunk, _, done) => {
      said.push(String(chunk))
      done()
    },
  })
  const exit = tell(error, { stderr }, json)
  return {
    exit,
    lines: said
      .join('')
      .replace(/\x1b\[\d+m/g, '')
      .split('\n'),
  }
}

const recipe = { name: 'zlib', file: 'distro/packages/zlib.yaml', expanded: { fullVersion: '1.3-r0' } }
const KEY = `sha256:${'0123456789ab'.repeat(6).slice(0, 64)}`
const failure = {
  ...{ status: 'failed' as const, step: 'autoconf/make', why: 'ended with exit code 2' },
  errorLine: 'x.c:1:2: error: no such type',
}

describe('a command whose work failed', () => {
  it.each([
    ['build', 'building', 'BUILD_FAILED'],
    ['test', 'testing', 'CHECK_FAILED'],
  ] as const)(
    'to %s ends with exit code 4, the step, the first error and where the log is',
    (at, doing, code) => {
      expect(told(recipeFailed(at, doing, recipe, KEY, failure))).toEqual({
        exit: 4,
        lines: [
          `error ${code}  distro/packages/zlib.yaml`,
          `  what  ${doing} zlib-1.3-r0`,
          '  why   autoconf/make: ended with exit code 2: x.c:1:2: error: no such type',
          '  fix   millrace log 0123456789ab shows all of it',
          '',
        ],
      })
    },
  )

  it('is told the same later, beside its log', () => {
    const report = {
      class: 'compile' as const,
      fix: 'mend the source',
      trail: [],
      wanted: null,
      lastGood: null,
      snapshot: 'zlib-0123456789ab',
    }
    const { status: _, ...told } = failure
    const error = attemptFailed(
      { recipe: 'zlib', version: '1.3-r0' },
      { purpose: 'build', report: { ...told, failure: report } },
    )
    expect(formatError(error).split('\n')).toEqual([
      'error BUILD_FAILED',
      '  what  building zlib-1.3-r0',
      '  why   autoconf/make: ended with exit code 2: x.c:1:2: error: no such type',
      `        ${CLASS_TITLES.compile}`,
      '        it never came to a good end before',
      '  fix   mend the source',
      '        millrace debug zlib goes in',
    ])
  })

  it('on an image ends with exit code 4, the case that failed and the files to mend', () => {
    const { exit, lines } = told(imageFailed('nginx', 'serves a page: expected status 200, found 404'))
    expect(exit).toBe(4)
    expect(lines.slice(0, 4)).toEqual([
      'error CHECK_FAILED',
      '  what  testing the image nginx',
      '  why   serves a page: expected status 200, found 404',
      '  fix   mend distro/images/nginx.yaml, or its tests in nginx.test.yaml',
    ])
  })

  it('says the same as one line of JSON', () => {
    const { exit, lines } = told(recipeFailed('build', 'building', recipe, KEY, failure), true)
    expect(exit).toBe(4)
    expect(lines).toHaveLength(2)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      error: { code: 'BUILD_FAILED', what: 'building zlib-1.3-r0', at: { file: recipe.file } },
    })
  })
})

describe('a command that got a source of another digest', () => {
  it('ends with exit code 5, both digests, and the line of the recipe', async () => {
    await using temp = await makeTempDirectory(tmpdir(), 'millrace-cli')
    const mirror: Mirror = {
      kind: 'test',
      fetch: async ({ directory }) => {
        await writeFile(join(directory, 'file'), 'other')
        return { status: 'found', path: join(directory, 'file'), place: 'a mirror' }
      },
    }
    const wanted = digestOf('what upstream released')
    const f = {
      store: await openBlobDirectory(join(temp.path, 'blobs')),
      http: openHttp({ attempts: 1, pause: async () => {} }),
      hosts: openHostMemory(fixedClock(0)),
      mirrors: [mirror],
      dataDirectory: temp.path,
    }
    const at = { file: 'distro/packages/zlib.yaml', line: 17, column: 24 }
    const source = { name: 'zlib.tar.gz', uri: 'pypi:zlib=1/zlib.tar.gz', sha256: wanted.slice(7), at }
    const error = await fetchSource(f, source, new AbortController().signal).catch((thrown) => thrown)
    const { exit, lines } = told(error)
    expect(exit).toBe(5)
    expect(lines.slice(0, 3)).toEqual([
      'error SOURCE_DIGEST_MISMATCH  distro/packages/zlib.yaml:17:24',
      '  what  fetching zlib.tar.gz from a mirror',
      `  why   expected ${wanted}, found ${digestOf('other')}`,
    ])
  })
})
