// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { type Exec, type Exited, MillraceError } from '../base/index.ts'
import { probeSandbox } from './index.ts'

const exited = (more: Partial<Exited>): Exited => ({
  ...{ code: 0, signal: null, stdout: '', stderr: '', durationMs: 1 },
  ...{ timedOut: false, cancelled: false, truncated: false, ...more },
})

describe('the probe', () => {
  it('tells versions when the host can seal builds', async () => {
    const exec: Exec = async ({ program }) => exited({ stdout: `${program} 1.2.3 (features: x)` })
    expect(await probeSandbox({ exec })).toMatchObject({ status: 'ready', versions: { bwrap: '1.2.3' } })
  })

  it('tells which program is missing and what to install', async () => {
    const exec: Exec = async ({ program }) => {
      if (program !== 'bwrap') return exited({})
      throw new MillraceError('TOOL_MISSING', { what: 'starting bwrap', why: 'absent', fix: 'install it' })
    }
    expect(await probeSandbox({ exec })).toEqual({
      status: 'missing',
      reason: 'bwrap is not on PATH',
      fix: expect.stringContaining('bubblewrap'),
    })
  })

  it('tells that the host forbids user namespaces and what to set', async () => {
    const exec: Exec = async ({ args }) =>
      args.includes('--user') ? exited({ code: 1, stderr: 'unshare: Operation not permitted\n' }) : exited({})
    expect(await probeSandbox({ exec })).toEqual({
      status: 'missing',
      reason: 'no user namespaces: exit code 1: unshare: Operation not permitted',
      fix: expect.stringContaining('kernel.apparmor_restrict_unprivileged_userns'),
    })
  })
})
