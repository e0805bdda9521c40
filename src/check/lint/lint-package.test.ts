// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LINT_CASES, type LintCase, type Outcome } from '../../../test/support/lint-cases.ts'
import { makeSigner, packApk } from '../../../test/support/packed-apk.ts'
import { type TinyElf, tinyElf } from '../../../test/support/tiny-elf.ts'
import { makeTempDirectory, type TempDirectory } from '../../base/index.ts'
import { type BlobStore, openBlobDirectory } from '../../store/index.ts'
import {
  carriedTestPipelines,
  LINT_NAMES,
  type LintedApk,
  levelsFor,
  lintPackage,
  PACKAGE_LINTS,
  RECIPE_LINTS,
  writeLintResults,
} from './index.ts'

const MELANGE = LINT_NAMES.filter(
  (name) => !['builddir', 'hardening'].includes(name) && !name.startsWith('recipe/'),
)

let temp: TempDirectory
let blobs: BlobStore
const signer = makeSigner('x.rsa.pub')
beforeAll(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-lint')
  blobs = await openBlobDirectory(temp.path)
})
afterAll(() => temp[Symbol.asyncDispose]())

async function lint(
  { name = 'x', files, control = [] }: Pick<LintCase, 'name' | 'files' | 'control'>,
  warn: readonly string[],
): Promise<LintedApk> {
  const apk = await packApk({ blobs, signer }, `${name}-1.0-r0`, 'x86_64', { files, control })
  return lintPackage(blobs.read(apk.file), {
    name: `${name}-1.0-r0`,
    levels: () => levelsFor({ required: [], warn }, []),
    testPipelines: (_, opened) => carriedTestPipelines(opened),
    workDirectory: temp.path,
  })
}

function outcomeOf({ findings }: LintedApk): Outcome {
  return Object.fromEntries(
    findings.map(({ lint: { name }, places, details }) => {
      const { duplicates = [] } = (details ?? {}) as { duplicates?: { paths: string[] }[] }
      const paths =
        duplicates.length > 0 ? duplicates.flatMap((one) => one.paths) : places.map(({ path }) => path)
      return [name, [...new Set(paths)].sort()]
    }),
  )
}

describe('a package', () => {
  it.each(LINT_CASES.map((one) => [one.claim, one] as const))(
    '%s is told as melange tells it',
    async (_, one) => {
      expect(outcomeOf(await lint(one, MELANGE))).toEqual(one.found)
    },
  )
})

const MIB = 1024 * 1024
const elf = (given: TinyElf, mode = 0o755) => ({ bytes: tinyElf(given), mode })
const hardened: TinyElf = {
  type: 3,
  isPie: true,
  interpreter: '/lib/ld.so',
  needed: ['libc.so.6'],
  segments: [
    { type: 0x6474e551, flags: 6 },
    { type: 0x6474e552, flags: 4 },
  ],
  dynamic: [[30n, 8n]],
}
const placesOf = ({ findings }: LintedApk) =>
  findings.flatMap(({ places }) => places.map(({ path, note }) => `${path}: ${note}`))

describe('traces of the build directory', () => {
  it.each<[claim: string, files: LintCase['files'], told: string[]]>([
    ['a path in a text', { a: 'in /home/build/x' }, ['a: /home/build at byte 3']],
    ['a link', { a: { link: '/home/build/b' } }, ['a: leads to /home/build/b']],
    [
      'a search path that leads there',
      { a: elf({ runpath: '/home/build/lib' }) },
      [expect.stringMatching(/^a: \/home\/build at/)],
    ],
    [
      'a search path that leads to no libraries',
      { a: elf({ rpath: '/usr/share/x:/usr/lib/x' }) },
      ['a: looks for libraries in "/usr/share/x"'],
    ],
    [
      'a search path beside the file, or where libraries are',
      { a: elf({ runpath: '$ORIGIN:/usr/lib' }) },
      [],
    ],
    ['a path of someone else', { a: '/home/builder', b: '/home/buil' }, ['a: /home/build at byte 0']],
  ])('are told: %s', async (_, files, told) => {
    expect(placesOf(await lint({ files }, ['builddir']))).toEqual(told)
  })
})

describe('the lint hardening', () => {
  it('tells what each binary lacks with the way out, and has a row for every one', async () => {
    const linted = await lint(
      {
        files: {
          'usr/bin/hard': elf(hardened),
          'usr/bin/soft': elf({ ...hardened, dynamic: [] }),
          'usr/lib/x.o': elf({ type: 1 }),
        },
      },
      ['hardening'],
    )
    expect(placesOf(linted)).toEqual([
      'usr/bin/soft: its table of functions stays writable, as they are bound at their first call: link with -Wl,-z,relro,-z,now',
    ])
    expect(linted.facts.get('hardening')).toMatchObject([
      { path: 'usr/bin/hard', pie: true, relro: 'full', stack: 'plain' },
      { path: 'usr/bin/soft', relro: 'partial' },
    ])
  })

  it('reads binaries that are too large for memory from the disk, one after another', async () => {
    const grown = (given: TinyElf) => Buffer.concat([tinyElf(given), Buffer.alloc(33 * MIB)])
    const files = {
      'usr/bin/a': grown({ ...hardened, runpath: 'a' }),
      'usr/bin/b': grown({ ...hardened, runpath: 'b' }),
    }
    const told = placesOf(await lint({ files }, ['hardening']))
    expect(told).toEqual([
      expect.stringContaining('usr/bin/a: it looks for libraries in "a"'),
      expect.stringContaining('usr/bin/b: it looks for libraries in "b"'),
    ])
    expect((await readdir(temp.path)).filter((name) => name.startsWith('lint-'))).toEqual([])
  })
})

describe('what is found', () => {
  const files = { 'usr/bin/a': { bytes: 'x', mode: 0o4755 }, 'opt/b': 'x' }

  it('is told with required lints first, each level by name', async () => {
    const apk = await packApk({ blobs, signer }, 'x-1.0-r0', 'x86_64', {
      files: { ...files, 'srv/c': '', 'dev/d': '' },
    })
    const levels = () => levelsFor({}, ['dev'])
    const given = { name: 'x', levels, testPipelines: () => undefined, workDirectory: temp.path }
    const { findings } = await lintPackage(blobs.read(apk.file), given)
    expect(findings.map(({ level, lint: { name } }) => `${level} ${name}`)).toEqual([
      'required setuidgid',
      'warn dev',
      'warn opt',
      'warn srv',
    ])
  })

  it('is written as melange writes it, where anything was found', async () => {
    const linted = await lint({ files }, ['opt', 'setuidgid'])
    const path = await writeLintResults(temp.path, linted)
    expect(path).toBe(join(temp.path, 'x86_64', 'lint-x-1.0-r0.json'))
    expect(JSON.parse(await readFile(path ?? '', 'utf8'))).toEqual({
      package_name: 'x-1.0-r0',
      findings: {
        opt: [
          { message: 'x has 1 file in /opt', explain: expect.any(String), details: { paths: ['opt/b'] } },
        ],
        setuidgid: [
          {
            message: 'x has 1 setuid, setgid or sticky file',
            explain: expect.any(String),
            details: { files: [{ path: 'usr/bin/a', mode: '4755', permissions: ['setuid'] }] },
          },
        ],
      },
    })
    expect(await writeLintResults(temp.path, await lint({ files: {} }, ['opt']))).toBeUndefined()
  })

  it('is written nowhere else, whatever a package calls itself', async () => {
    const linted = await lint({ files }, ['opt'])
    const outside = { ...linted, package: { ...linted.package, arch: '../..' } }
    await expect(writeLintResults(temp.path, outside)).rejects.toMatchObject({ code: 'APK_INVALID' })
  })

  it('is nothing unexpected, whatever names and modes a package has', async () => {
    const name = fc.constantFrom(
      'usr',
      'lib',
      'python3.1',
      'site-packages',
      'tmp',
      'run',
      '.',
      'a.so',
      'x.la',
      '\u0001',
      'ä',
      '-i386',
    )
    const path = fc
      .array(name, { minLength: 1, maxLength: 5 })
      .map((parts) => parts.filter((part) => part !== '.').join('/'))
      .filter((one) => one !== '')
    const planted = fc.record({
      bytes: fc.constantFrom('', '\x7fELF', '\x7fE', '/home/build'),
      mode: fc.nat({ max: 0o7777 }),
    })
    await fc.assert(
      fc.asyncProperty(path, planted, async (one, file) => {
        const { findings } = await lint({ files: { [`top/${one}`]: file } }, LINT_NAMES)
        for (const { what, places } of findings) {
          expect(what).toMatch(/^(?:has|is|writes) /)
          for (const place of places) expect(place.path).toMatch(/^top/)
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('the table of lints', () => {
  it('has for each a level, and sentences that begin small and end without a dot', () => {
    for (const { name, title, explanation, advice } of [...PACKAGE_LINTS, ...RECIPE_LINTS])
      for (const text of [title, explanation, advice]) expect(text, name).toMatch(/^[a-z.-/].*[^.]$/s)
  })
})

describe('the lint duplicate', () => {
  it('reads the content where the package does not say its digest', () => {
    const of = { name: 'x', fullVersion: '1.0-r0', arch: 'x86_64', testPipelines: undefined }
    const run = PACKAGE_LINTS.find(({ name }) => name === 'duplicate')?.open(of)
    const file = (path: string, content: string) => {
      const facts = {
        path,
        type: 'file',
        mode: 0o644,
        sizeBytes: 2048,
        linkTarget: '',
        sha1: undefined,
      } as const
      const reader = run?.entry?.(facts)
      for (const half of [content.slice(0, 3), content.slice(3)]) reader?.chunk(Buffer.from(half))
      reader?.end()
    }
    file('a/x', 'the same')
    file('b/x', 'another!')
    file('c/x', 'the same')
    expect(run?.finish()).toMatchObject({
      what: 'has 1 file more than once; the copies take 2.0 kB',
      places: [{ path: 'c/x', note: 'the same as a/x' }],
    })
  })
})
