// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { expand } from '../../test/support/run-pipeline.ts'
import { STEP_PATH, scriptsOf, stepScript } from './index.ts'

const run = (yaml: string) => scriptsOf(expand(yaml).packages[0]?.steps ?? [])

describe('a step’s script', () => {
  it('is what melange would give to the shell', () => {
    expect(stepScript('make\n', '/home/build')).toBe(
      'set -eo pipefail\n[ -d /home/build ] || mkdir -p /home/build\ncd /home/build\nmake\n\nexit 0\n',
    )
  })

  it('quotes directories that need it', () => {
    expect(stepScript('x', "/a b/it's; rm -rf")).toContain("cd '/a b/it'\\''s; rm -rf'\n")
  })

  it('runs where the step says, seen from the workspace, and its children there too', () => {
    const yaml = `pipeline:
  - working-directory: src
    runs: one
    pipeline:
      - runs: two
      - runs: three
        working-directory: other
      - runs: four
        working-directory: /abs
  - runs: five
`
    const directories = run(yaml).map(({ script }) => /^cd (.*)$/m.exec(script)?.[1])
    expect(directories).toEqual([
      '/home/build/src',
      '/home/build/src',
      '/home/build/other',
      '/abs',
      '/home/build',
    ])
  })

  it('inherits its parent’s environment; the child wins, and PATH is fixed unless a step sets it', () => {
    const yaml = `environment:
  environment:
    PATH: /never
pipeline:
  - environment: {A: "1", B: "1"}
    runs: one
    pipeline:
      - environment: {B: "2", PATH: /own}
        runs: two
`
    expect(run(yaml).map(({ environment }) => environment)).toEqual([
      { PATH: STEP_PATH, A: '1', B: '1' },
      { PATH: '/own', A: '1', B: '2' },
    ])
  })

  it('is there for a step without a text only to make the directory it asks for', () => {
    const yaml = 'pipeline:\n  - name: nothing\n  - working-directory: made\n  - runs: one\n'
    expect(run(yaml).map(({ script }) => script.split('\n')[2])).toEqual([
      'cd /home/build/made',
      'cd /home/build',
    ])
  })

  it('is called by the name of its step, or of the nearest one around it that has one', () => {
    const yaml =
      'pipeline:\n  - name: outer\n    pipeline:\n      - runs: one\n      - name: inner\n        runs: two\n  - runs: three\n  - uses: autoconf/make\n'
    expect(run(yaml).map(({ label }) => label)).toEqual(['outer', 'inner', '', 'autoconf/make'])
  })
})
