// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { fixedClock, MillraceError, VERSION } from '../base/index.ts'
import { commandIn } from './commands/index.ts'
import { makeProgram, tell } from './main.ts'

function told(error: unknown, json = false) {
  let text = ''
  const stderr = new Writable({
    write: (chunk, _, done) => {
      text += chunk
      done()
    },
  })
  const exit = tell(error, { stderr }, json)
  return { exit, text }
}

const full = Object.assign(new Error('ENOSPC: no space left on device, mkdir /d/x'), { code: 'ENOSPC' })

describe('what ends a command', () => {
  it('gives the exit code of the table of errors', () => {
    expect(told(new MillraceError('USAGE', { what: 'a', why: 'b', fix: 'c' })).exit).toBe(2)
    expect(told(new CommanderError(1, 'commander.x', 'x')).exit).toBe(2)
    expect(told(new Error('a bug'))).toMatchObject({ exit: 1, text: expect.stringContaining('INTERNAL') })
  })

  it('is no bug when the disk is full', () => {
    const { exit, text } = told(full)
    expect(exit).toBe(6)
    expect(text).toMatch(/DISK_FULL\n.*what.*\n.*why .*mkdir \/d\/x\)\n.*fix .*millrace gc/)
    expect(JSON.parse(told(full, true).text)).toMatchObject({ error: { code: 'DISK_FULL' } })
  })
})

it('the version is that of package.json', async () => {
  const text = await readFile(join(import.meta.dirname, '../../package.json'), 'utf8')
  expect(VERSION).toBe((JSON.parse(text) as { version: string }).version)
})

describe('the command of a command line', () => {
  it.each([
    [['status'], 'status'],
    [['--json', 'graph', '.', '--dot'], 'graph'],
    [['--data', 'log', 'license-check', 'nginx'], 'license-check'],
    [['--data=log', '--offline', 'plan', 'test'], 'plan'],
    [['buidl', 'test'], undefined],
    [['help', 'log'], undefined],
    [['--help'], undefined],
    [[], undefined],
  ])('%j is %s', (args, command) => {
    expect(commandIn(args)).toBe(command)
  })

  it('is the only one whose code is read', async () => {
    const { stdout, stderr } = process
    const context = { stdout, stderr, signal: new AbortController().signal, clock: fixedClock(0) }
    const names = async (only?: 'graph') =>
      (await makeProgram(context, only)).commands.map((command) => command.name())
    expect(await names('graph')).toEqual(['graph'])
    expect((await names()).length).toBeGreaterThan(20)
  })
})
