// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  canonicalJson,
  digestOf,
  ERRORS,
  formatError,
  type Json,
  LineSplitter,
  lastWords,
  MillraceError,
  makeTempDirectory,
  nearestName,
  parseDigest,
  runCommand,
  startDaemon,
  stripControls,
  writeFileAtomic,
} from './index.ts'

describe('errors', () => {
  it('read as where, what, why and what to do next', () => {
    const error = new MillraceError('RECIPE_INVALID', {
      what: 'reading package.version of hello',
      why: 'expected a string, found the number 1.1\n(YAML reads 1.10 as 1.1)',
      fix: 'write version: "1.10"',
      at: { file: 'hello.yaml', line: 3, column: 12 },
    })
    expect(formatError(error)).toBe(
      [
        'error RECIPE_INVALID  hello.yaml:3:12',
        '  what  reading package.version of hello',
        '  why   expected a string, found the number 1.1',
        '        (YAML reads 1.10 as 1.1)',
        '  fix   write version: "1.10"',
      ].join('\n'),
    )
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ code: 'RECIPE_INVALID', at: { line: 3 } })
  })

  it('are listed in order, each with a title of its own', () => {
    const codes = Object.keys(ERRORS)
    expect(codes).toEqual([...codes].sort())
    const titles = Object.values(ERRORS).map((kind) => kind.title)
    expect(new Set(titles).size).toBe(titles.length)
  })

  it('let no terminal escape through', () => {
    expect(stripControls('a\x1b[31mred\x1b[0m\x07\tb\r\nc\x9b')).toBe('ared\tb\nc')
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        (text) => !/[\x00-\x08\x0b-\x1f\x7f]/.test(stripControls(text)),
      ),
    )
  })

  it('name the nearest known name, and none when none is near', () => {
    const known = ['name', 'version', 'epoch', 'description', 'copyright']
    expect(nearestName('verison', known)).toBe('version')
    expect(nearestName('epohc', known)).toBe('epoch')
    expect(nearestName('zebra', known)).toBeUndefined()
  })
})

describe('canonical JSON', () => {
  it('is that of RFC 8785, section 3.2.3', () => {
    const value = {
      '€': 'Euro',
      '\r': 'CR',
      '1': 'One',
      '\u0080': 'Control',
      ö: 'o',
      דּ: 'Hebrew',
      '😂': 'Smiley',
    }
    expect(Object.keys(JSON.parse(canonicalJson(value)))).toHaveLength(7)
    expect(
      canonicalJson(value)
        .match(/One|Control|CR|o(?=")|Euro|Smiley|Hebrew/g)
        ?.filter((word) => word !== 'o')
        .slice(0, 3),
    ).toEqual(['CR', 'One', 'Control'])
  })

  it('says the same for the same value in any key order, and reads back as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value as Json)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
        expect(canonicalJson(reversed(value as Json))).toBe(text)
      }),
    )
  })

  it('refuses what JSON cannot say', () => {
    expect(() => canonicalJson(Number.NaN)).toThrow(TypeError)
    expect(() => canonicalJson('\ud800')).toThrow(TypeError)
  })
})

function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, field]) => [key, field === undefined ? null : reversed(field)]),
  )
}

describe('digests', () => {
  it('parse only in their one form', () => {
    expect(parseDigest(digestOf(''))).toBe(
      'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    )
    for (const bad of [
      '',
      'sha256:',
      `sha256:${'A'.repeat(64)}`,
      `sha512:${'a'.repeat(64)}`,
      `sha256:${'a'.repeat(65)}`,
    ]) {
      expect(() => parseDigest(bad)).toThrow(MillraceError)
    }
  })
})

describe('lines', () => {
  it('come out the same however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\n\r]/g, ''))),
        fc.nat(7),
        (lines, size) => {
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
          const heard: string[] = []
          const splitter = new LineSplitter((line) => heard.push(line))
          for (let start = 0; start < bytes.length; start += size + 1)
            splitter.push(bytes.subarray(start, start + size + 1))
          splitter.end()
          expect(heard).toEqual(lines)
        },
      ),
    )
  })

  it('are cut when they have no end', () => {
    const heard: string[] = []
    const splitter = new LineSplitter((line) => heard.push(line), 10)
    splitter.push(Buffer.from('x'.repeat(25)))
    splitter.end()
    expect(heard).toEqual(['x'.repeat(10), 'x'.repeat(10), 'x'.repeat(5)])
  })
})

describe('running a program', () => {
  const sh = (script: string) => ({ program: 'sh', args: ['-c', script] })

  it('gives its code and its words, and nothing of our environment', async () => {
    const exited = await runCommand({
      ...sh('echo out; echo err >&2; env | cut -d= -f1 | sort | tr "\\n" " "; exit 3'),
      env: { GIVEN: '1' },
    })
    expect(exited).toMatchObject({ code: 3, signal: null, stderr: 'err\n', timedOut: false })
    expect(exited.stdout).toBe('out\nGIVEN PWD ')
    expect(lastWords(exited)).toBe('exit code 3: err')
  })

  it('feeds its input and survives that it is not read', async () => {
    expect((await runCommand({ program: 'cat', args: [], stdin: 'hello' })).stdout).toBe('hello')
    expect((await runCommand({ program: 'true', args: [], stdin: 'x'.repeat(1 << 20) })).code).toBe(0)
  })

  it('tells lines as they come and keeps no more than it may', async () => {
    const lines: string[] = []
    const exited = await runCommand(sh('for i in 1 2 3; do echo line $i; done'), {
      onLine: (line) => lines.push(line),
      maxOutputBytes: 6,
    })
    expect(lines).toEqual(['line 1', 'line 2', 'line 3'])
    expect(exited).toMatchObject({ stdout: 'line 1', truncated: true })
  })

  it('ends the whole group when time is up', async () => {
    const exited = await runCommand(sh('sleep 100 & sleep 100'), { timeoutMs: 50, graceMs: 50 })
    expect(exited).toMatchObject({ timedOut: true, signal: 'SIGTERM' })
  })

  it('ends on abort, before and after its start', async () => {
    expect(await runCommand(sh('sleep 100'), { signal: AbortSignal.abort(), graceMs: 50 })).toMatchObject({
      cancelled: true,
    })
    const abort = new AbortController()
    const exited = runCommand(sh('echo started; sleep 100'), {
      signal: abort.signal,
      onLine: () => abort.abort(),
      graceMs: 50,
    })
    expect(await exited).toMatchObject({ cancelled: true })
  })

  it('leaves nothing behind of what the program started', async () => {
    const { stdout } = await runCommand(sh('sleep 300 >/dev/null 2>&1 & echo $!'))
    // A zombie is an ended process that its parent has not asked after yet.
    const alive = () =>
      runCommand(sh(`grep -q '^State:[^Z]*$' /proc/${stdout.trim()}/status`)).then(({ code }) => code === 0)
    await expect.poll(alive).toBe(false)
  })

  it('says which program is missing', async () => {
    await expect(runCommand({ program: 'no-such-program', args: [] })).rejects.toMatchObject({
      code: 'TOOL_MISSING',
    })
    await expect(startDaemon({ program: 'no-such-program', args: [] }, () => {})).rejects.toMatchObject({
      code: 'TOOL_MISSING',
    })
  })

  it('keeps a daemon until it is stopped', async () => {
    const lines: string[] = []
    const daemon = await startDaemon(sh('echo up; sleep 100'), (line) => lines.push(line))
    await expect.poll(() => lines).toEqual(['up'])
    await daemon.stop('SIGTERM')
    expect(await daemon.exited).toMatchObject({ signal: 'SIGTERM' })
  })
})

describe('files', () => {
  it('are written whole or not at all, and temporary directories end with their scope', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'millrace-base-'))
    {
      await using temporary = await makeTempDirectory(parent, 'work')
      await writeFileAtomic(join(temporary.path, 'file'), 'text')
      expect(await readFile(join(temporary.path, 'file'), 'utf8')).toBe('text')
      await expect(writeFileAtomic(join(temporary.path, 'none', 'file'), 'text')).rejects.toThrow('ENOENT')
      expect(await readdir(temporary.path)).toEqual(['file'])
    }
    expect(await readdir(parent)).toEqual([])
    await rm(parent, { recursive: true })
  })
})
