// SPDX-License-Identifier: Apache-2.0
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import full from 'spdx-license-list/full.js'
import { describe, expect, it } from 'vitest'
import { TAR_END, tarEntry, tarHeader, tarPadding } from '../../archive/index.ts'
import { makeTempDirectory, present } from '../../base/index.ts'
import { checkLicenses, type DeclaredLicense } from './check-licenses.ts'
import { classifyText, type Reading } from './classify.ts'
import { findExpressionProblems, licensesIn } from './expressions.ts'
import { licenseFileWeight } from './file-names.ts'
import { fixCopyright } from './fix-copyright.ts'
import { judgeWorkspace } from './judge-workspace.ts'
import { licenseFilesIn, licenseFilesOf } from './license-file.ts'
import { licenseWords } from './normalize.ts'
import { reportLines } from './report.ts'
import { familyOf, openLicenseTexts } from './texts.ts'

const texts = openLicenseTexts()
const textOf = (id: string) => present(full[id], `SPDX has ${id}`).licenseText
const familiesIn = async (text: string) => classifyText(text, await texts()).map(({ family }) => family)

describe('a file that may be a license is told by its name', () => {
  it.each([
    ['LICENSE', 1.5],
    ['src/LICENSE', 1],
    ['UNLICENSE', 1.5],
    ['licence.md', 1.45],
    ['COPYING', 1.4],
    ['copyright.txt', 1.35],
    ['LICENSE.rst', 1.3],
    ['COPYING.LIB', 1.25],
    ['LICENSE-MIT', 1.2],
    ['LICENSE_1_0.txt', 1.2],
    ['COPYING-GPL', 1.15],
    ['MIT-LICENSE', 1.1],
    ['BSD_COPYING', 1.05],
    ['OFL.txt', 1],
    ['OFL.odt', 0.95],
    ['ofl', 0.9],
    ['PATENTS', 0.85],
    ['PATENTS.txt', 0.8],
    ['README', null],
    ['LICENSES', null],
    ['license.go', null],
    ['LICENSE.spdx', null],
    ['a/b/LICENSE', null],
    ['vendor/LICENSE', null],
    ['node_modules/LICENSE', null],
    ['melange-out/LICENSE', null],
    ['rust-1.86.0-src/LICENSE', null],
  ])('%s: %s', (path, weight) => {
    const found = licenseFileWeight(path, 'shallow')
    expect(found === null ? null : Math.round(found * 100) / 100).toBe(weight)
  })

  it('further down only when that is asked for, but never in what is other people’s', () => {
    expect(licenseFileWeight('a/b/c/LICENSE', 'deep')).toBe(1)
    expect(licenseFileWeight('vendor/x/LICENSE', 'deep')).toBe(1)
    expect(licenseFileWeight('a/node_modules/b/LICENSE', 'deep')).toBe(null)
  })
})

describe('the words of a license', () => {
  it.each([
    ['Copyright (c) 2024 A. Miller\nAll rights reserved.\n\nPermission IS granted', 'permission is granted'],
    ['/*\n * 1. The licence,\n *    "as is"\n */', 'the license as is'],
    ['<p>(a) One</p>\n  - iv) two – http://x', 'one two https x'],
    ['Copyright holders may', 'copyright holders may'],
    ['木兰 宽松许可证', '木兰 宽松许可证'],
  ])('of %j: %s', (text, want) => {
    expect(licenseWords(text).join(' ')).toBe(want)
  })

  it('do not change with case, line breaks and the marks of comments', () => {
    const words = fc.array(fc.stringMatching(/^[b-hj-uw-z]{4,9}$/), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(words, fc.constantFrom('', '# ', ' * ', '// ', '> '), fc.nat(7), (all, mark, width) => {
        const dressed = all.map(
          (word, at) => (at % (width + 1) === 0 ? `\n${mark}` : ' ') + word.toUpperCase(),
        )
        expect(licenseWords(dressed.join(''))).toEqual(licenseWords(all.join(' ')))
      }),
    )
  })
})

describe('a license text', () => {
  it('of SPDX’s list is read as itself, or as one that has the same words', async () => {
    const all = await texts()
    const sample = Object.keys(full).filter((_, index) => index % 25 === 0)
    for (const id of [
      ...sample,
      'MIT',
      'ISC',
      'BSD-2-Clause',
      'BSD-3-Clause',
      'Apache-2.0',
      'GPL-2.0-only',
    ]) {
      if (!all.some(({ family }) => family === familyOf(id))) continue
      const readings = classifyText(textOf(id), all)
      expect(readings.flatMap(({ family, alsoFamilies }) => [family, ...alsoFamilies])).toContain(
        familyOf(id),
      )
    }
  })

  it.each(['MIT', 'ISC', 'Zlib', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'MPL-2.0', 'JSON', '0BSD'])(
    '%s is told from those like it',
    async (id) => {
      expect(await familiesIn(textOf(id))).toEqual([id])
    },
  )

  it('is known under another owner, title and layout', async () => {
    const text = textOf('BSD-3-Clause')
      .replace('<year> <owner>', '1999-2024 The Mill Race Company, Inc.')
      .replace('the copyright holder nor', 'the Mill Race Company nor')
      .replaceAll('\n', '\n * ')
    expect(await familiesIn(`The New License\n * ${text}`)).toEqual(['BSD-3-Clause'])
  })

  it('is found among other text, and several in one file', async () => {
    const prose = 'The miller grinds what the farmers bring, and keeps the sixteenth part of it. '.repeat(30)
    const file = `${prose}\n${textOf('MIT')}\n${prose}\n${textOf('Zlib')}\n${prose}`
    expect((await familiesIn(file)).sort()).toEqual(['MIT', 'Zlib'])
  })

  it('that is there twice is one license, and nothing else', async () => {
    const twice = `${textOf('BSD-3-Clause')}\n\nThe first miller wrote the rest.\n\n${textOf('BSD-3-Clause')}`
    expect(await familiesIn(twice)).toEqual(['BSD-3-Clause'])
  })

  it('within another’s text is a part of it', async () => {
    const [python, ...others] = classifyText(textOf('Python-2.0.1'), await texts())
    expect(python?.family).toBe('Python-2.0.1')
    expect(python?.alsoFamilies).toContain('PSF-2.0')
    expect(others).toEqual([])
  })

  it('of the LGPL 3.0 is known without the GPL behind it, and both when both are there', async () => {
    const [own = ''] = textOf('LGPL-3.0-only').split(/^GNU GENERAL PUBLIC LICENSE$/m)
    expect(await familiesIn(own)).toEqual(['LGPL-3.0'])
    expect((await familiesIn(textOf('LGPL-3.0-only'))).sort()).toEqual(['GPL-3.0', 'LGPL-3.0'])
  })

  it.each(['GPL-2.0', 'GPL-3.0', 'LGPL-2.1', 'Apache-2.0'])(
    '%s is known without the advice on how to apply it',
    async (id) => {
      const [terms = ''] = textOf(id).split(/END OF TERMS AND CONDITIONS/)
      expect(await familiesIn(terms)).toEqual([id])
    },
  )

  it('is not one when a good part of it is missing or changed', async () => {
    const words = textOf('MIT').split(/\s+/)
    expect(await familiesIn(words.slice(0, words.length * 0.75).join(' '))).toEqual([])
    expect(await familiesIn(words.map((word, at) => (at % 9 === 0 ? 'otherwise' : word)).join(' '))).toEqual(
      [],
    )
  })

  it('is never seen in what is none', async () => {
    const all = await texts()
    fc.assert(
      fc.property(fc.string({ maxLength: 2000, unit: 'binary' }), (text) => {
        expect(classifyText(text, all)).toEqual([])
      }),
      { numRuns: 30 },
    )
  })
})

const entry = (license: string, path = '', override = ''): DeclaredLicense => ({
  ...{ license, 'license-path': path, 'detection-override': override },
})
const file = (path: string, ...ids: string[]) => ({ path, weight: 1, text: ids.map(textOf).join('\n\n') })

describe('a recipe’s licenses', () => {
  const cases: {
    name: string
    declared: DeclaredLicense[]
    files: ReturnType<typeof file>[]
    differences?: string[]
    concluded?: string | null
  }[] = [
    {
      name: 'that are those of the files need no word',
      declared: [entry('MIT')],
      files: [file('LICENSE', 'MIT')],
      concluded: 'MIT',
    },
    {
      name: 'that are others are told with the file',
      declared: [entry('MIT')],
      files: [file('LICENSE', 'Apache-2.0')],
      differences: ['LICENSE: Apache-2.0, not MIT'],
    },
    {
      name: 'may be parts of an expression, with exceptions',
      declared: [entry('(MIT OR GPL-2.0-only WITH Linux-syscall-note) AND Zlib')],
      files: [file('COPYING', 'GPL-2.0'), file('LICENSE', 'MIT')],
    },
    {
      name: 'of one text are the same: it does not say whether later versions are meant',
      declared: [entry('GPL-2.0-or-later')],
      files: [file('COPYING', 'GPL-2.0-only')],
    },
    {
      name: 'that allow later versions may come with the text of one',
      declared: [entry('GPL-2.0-or-later'), entry('LGPL-2.1+')],
      files: [file('COPYING', 'GPL-3.0-only'), file('COPYING.LIB', 'LGPL-3.0-only')],
    },
    {
      name: 'that allow no others may not',
      declared: [entry('AGPL-3.0-or-later AND LGPL-2.0-only')],
      files: [file('COPYING', 'GPL-2.0-only'), file('COPYING.LIB', 'LGPL-2.1')],
      differences: [
        'COPYING: GPL-2.0-only or GPL-2.0-or-later, not AGPL-3.0-or-later,LGPL-2.0-only',
        'COPYING.LIB: LGPL-2.1-only or LGPL-2.1-or-later, not AGPL-3.0-or-later,LGPL-2.0-only',
      ],
    },
    {
      name: 'of the LGPL 3.0 come with the GPL that this adds to',
      declared: [entry('LGPL-3.0-only')],
      files: [file('COPYING', 'GPL-3.0-only')],
    },
    {
      name: 'of the GPL may come with an LGPL, which allows for it',
      declared: [entry('GPL-2.0-only')],
      files: [file('COPYING.LIB', 'LGPL-2.1-only')],
    },
    {
      name: 'for a file may name it by its place in the workspace',
      declared: [entry('MIT'), entry('Zlib', 'debian/copyright')],
      files: [file('copyright', 'Zlib')],
    },
    {
      name: 'are told with every identifier that a text may stand for',
      declared: [entry('MIT')],
      files: [file('COPYING', 'GPL-3.0-only')],
      differences: ['COPYING: GPL-3.0-only or GPL-3.0-or-later, not MIT'],
    },
    {
      name: 'for one file hold for this one',
      declared: [entry('MIT'), entry('Zlib', 'zlib/LICENSE')],
      files: [file('LICENSE', 'MIT'), file('zlib/LICENSE', 'Zlib'), file('x/LICENSE', 'Zlib')],
      differences: ['x/LICENSE: Zlib, not MIT'],
      concluded: 'MIT AND Zlib',
    },
    {
      name: 'for one file must be that file’s',
      declared: [entry('MIT', 'LICENSE')],
      files: [file('LICENSE', 'Zlib')],
      differences: ['LICENSE: Zlib, not MIT'],
    },
    {
      name: 'may be known to be read as others',
      declared: [entry('LicenseRef-mill', 'LICENSE', 'MIT')],
      files: [file('LICENSE', 'MIT')],
    },
    {
      name: 'are all looked for where none is declared',
      declared: [],
      files: [file('LICENSE', 'MIT')],
      differences: ['LICENSE: MIT, not '],
    },
    { name: 'need not be in a file', declared: [entry('MIT AND Zlib')], files: [file('LICENSE', 'MIT')] },
    {
      name: 'that are all found, and alone, are beyond doubt',
      declared: [entry('MIT'), entry('Zlib', 'zlib/LICENSE')],
      files: [file('LICENSE', 'MIT'), file('zlib/LICENSE', 'Zlib')],
      concluded: 'MIT AND Zlib',
    },
    {
      name: 'are in doubt beside a file that nobody knows',
      declared: [entry('MIT')],
      files: [file('LICENSE', 'MIT'), { path: 'COPYING', weight: 1, text: 'Ask the miller.' }],
    },
    {
      name: 'are not compared with a list of notices',
      declared: [entry('MIT')],
      files: [file('COPYRIGHT', 'Zlib', 'ISC', 'BSL-1.0', 'BSD-3-Clause')],
    },
    { name: 'without a license file are left alone', declared: [entry('MIT')], files: [] },
  ]
  it.each(cases)('$name', async ({ declared, files, differences = [], concluded = null }) => {
    const report = await checkLicenses(texts, declared, files)
    const told = report.differences.map((one) => `${one.path}: ${one.ids.join(' or ')}, not ${one.declared}`)
    expect({ differences: told, concluded: report.concluded }).toEqual({ differences, concluded })
  })

  it('are told file by file, and differences with the lines to write', async () => {
    const report = await checkLicenses(
      texts,
      [entry('MIT')],
      [file('LICENSE', 'MIT'), file('x/COPYING', 'ISC')],
    )
    expect(reportLines(report)).toEqual([
      'LICENSE: MIT (1.00)',
      'x/COPYING: ISC (1.00)',
      'warning: x/COPYING reads as ISC, and the recipe names MIT for it; if it holds for what is packaged, add under copyright: "- license: ISC" with "license-path: x/COPYING"',
    ])
  })
})

describe('an expression', () => {
  it.each([
    ['MIT', []],
    ['GPL-2.0-or-later WITH Classpath-exception-2.0 AND (MIT OR LicenseRef-x)', []],
    ['Apache-2.0+', []],
    ['BSD-3-Clause WITH PCRE2-exception', []],
    ['Apache 2.0', ['Apache 2.0→Apache-2.0']],
    ['mit', ['mit→MIT']],
    ['Apache-2', ['Apache-2→Apache-2.0?']],
    ['GPL-2.0', ['GPL-2.0→GPL-2.0-only']],
    ['LGPL-2.1+ OR gpl-3.0', ['LGPL-2.1+→LGPL-2.1-or-later', 'gpl-3.0→GPL-3.0-only']],
    ['Proprietary Thing', ['Proprietary→LicenseRef-Proprietary?', 'Thing→LicenseRef-Thing?']],
    ['MIT AND', ['MIT AND→null?']],
    ['MIT WITH Milling-exception', ['MIT WITH Milling-exception→null?']],
  ])('%s: %j', (expression, want) => {
    const told = findExpressionProblems(expression).map(
      ({ word, instead, isSure }) => `${word}→${instead}${isSure ? '' : '?'}`,
    )
    expect(told).toEqual(want)
  })

  it('of any text gives problems, never an exception; of known identifiers, none', () => {
    const known = fc.constantFrom('MIT', 'ISC', 'GPL-2.0-only', 'LicenseRef-a.b')
    const expression = fc.letrec((tie) => ({
      all: fc.oneof(
        known,
        fc
          .tuple(tie('all'), fc.constantFrom('AND', 'OR'), tie('all'))
          .map(([a, by, b]) => `(${a} ${by} ${b})`),
      ),
    })).all
    fc.assert(
      fc.property(expression, (text) => {
        expect(findExpressionProblems(String(text))).toEqual([])
      }),
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        for (const word of licensesIn(text)) expect(text).toContain(word)
        findExpressionProblems(text)
      }),
    )
  })
})

describe('license files', () => {
  const tar = async function* (...entries: [path: string, text: string | null][]) {
    for (const [path, text] of entries) {
      const body = Buffer.from(text ?? '')
      const type = text === null ? 'directory' : 'file'
      yield tarHeader(tarEntry({ path, type, sizeBytes: body.length }))
      yield body
      yield tarPadding(body.length)
    }
    yield TAR_END
  }
  const paths = async (...entries: [string, string | null][]) =>
    (await licenseFilesOf(tar(...entries), { depth: 'shallow', paths: ['doc/terms'] }, 'x')).map(
      ({ path }) => path,
    )

  it('of an archive lie below the one directory that holds everything', async () => {
    const below = await paths(
      ['mill-1/', null],
      ['mill-1/doc/terms', ''],
      ['mill-1/a/LICENSE', ''],
      ['mill-1/COPYING', ''],
    )
    expect(below).toEqual(['COPYING', 'a/LICENSE', 'doc/terms'])
  })

  it('of an archive without such a directory lie where they are', async () => {
    expect(await paths(['README', ''], ['mill-1/a/LICENSE', ''], ['mill-1/COPYING', ''])).toEqual([
      'mill-1/COPYING',
    ])
  })

  it('of a hostile archive are refused', async () => {
    await expect(paths(['../LICENSE', 'x'])).rejects.toMatchObject({ code: 'ARCHIVE_HOSTILE' })
  })

  it('of a directory are read without following links', async () => {
    await using directory = await makeTempDirectory(tmpdir(), 'licenses')
    const put = async (path: string, text: string) => {
      await mkdir(dirname(join(directory.path, path)), { recursive: true })
      await writeFile(join(directory.path, path), text)
    }
    await put('LICENSE', textOf('MIT'))
    await put('lib/COPYING', textOf('Zlib'))
    await put('lib/deep/COPYING', textOf('ISC'))
    await put('deep/er/terms', textOf('ISC'))
    await symlink('/etc/passwd', join(directory.path, 'COPYING'))
    await symlink('/usr/share', join(directory.path, 'share'))
    const found = await licenseFilesIn(directory.path, { depth: 'shallow', paths: ['deep/er/terms'] })
    expect(found.map(({ path }) => path)).toEqual(['LICENSE', 'deep/er/terms', 'lib/COPYING'])
    const opinion = await judgeWorkspace(texts, [entry('MIT')])(directory.path)
    expect(opinion).toMatchObject({
      concluded: null,
      lines: [/LICENSE: MIT/, /lib.COPYING: Zlib/, /warning: lib/].map((line) => expect.stringMatching(line)),
    })
  })
})

describe('a recipe is rewritten', () => {
  const reading = (path: string, ...ids: string[]) => ({
    path,
    ids,
    confidence: 1,
    declared: [] as Reading['ids'],
  })
  const recipe = (...lines: string[]) =>
    ['package:', '  name: x # a name', '  copyright:', ...lines, '', 'pipeline: []', ''].join('\n')
  it.each([
    {
      name: 'with an entry for each file that none names, at the indentation of the others',
      before: recipe('    - license: MIT # upstream’s'),
      differences: [reading('zlib/LICENSE', 'Zlib'), reading('isc/LICENSE', 'ISC')],
      after: recipe(
        ...['    - license: MIT # upstream’s', '    - license: Zlib', '      license-path: zlib/LICENSE'],
        ...['    - license: ISC', '      license-path: isc/LICENSE'],
      ),
    },
    {
      name: 'with identifiers as SPDX spells them',
      before: recipe('  - license: "mit AND GPL-2.0"', '    paths:', '      - "*"', '  - license: LGPL-2.1+'),
      differences: [],
      after: recipe(
        '  - license: "MIT AND GPL-2.0-only"',
        '    paths:',
        '      - "*"',
        '  - license: LGPL-2.1-or-later',
      ),
    },
    {
      name: 'word by word, and with paths as YAML wants them',
      before: recipe('    - license: LGPL-2.1-only AND LGPL-2.0 AND GPL-2.0', '      license-path: x'),
      differences: [reading('a: b', 'MIT'), reading('a: b', 'MIT')],
      after: recipe(
        ...['    - license: LGPL-2.1-only AND LGPL-2.0-only AND GPL-2.0-only', '      license-path: x'],
        ...['    - license: MIT', '      license-path: "a: b"'],
      ),
    },
    {
      name: 'in brackets by its words alone',
      before: recipe('    [{ license: mit }]'),
      differences: [reading('LICENSE', 'ISC')],
      after: recipe('    [{ license: MIT }]'),
    },
    {
      name: 'but not where a choice is left',
      before: recipe('    - license: Apache-2'),
      differences: [reading('COPYING', 'GPL-2.0-only', 'GPL-2.0-or-later')],
      after: recipe('    - license: Apache-2'),
    },
  ])('$name', ({ before, differences, after }) => {
    expect(fixCopyright(before, differences)).toBe(after)
    expect(fixCopyright(after, [])).toBe(after)
  })
})
