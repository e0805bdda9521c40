// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { digestOf } from '../base/index.ts'
import { compilerOptionsOf } from './compiler-options.ts'
import type { PlannedOutput, PlannedPackage, PlannedScript } from './plan.ts'

const options: PlannedPackage = {
  name: 'openssf-compiler-options',
  version: '1.0.0-r0',
  datahash: digestOf('options'),
  from: 'distro',
}
const plan = (variables: Record<string, string>, ...scripts: PlannedScript[]) => ({
  environment: [options],
  variables,
  packages: [{ scripts }] as unknown as PlannedOutput[],
})
const step = (script: string, environment: Record<string, string> = {}) => ({
  label: 'Build',
  script,
  environment,
})

describe('the options that compilers of a build get', () => {
  it('are those of the package in its environment, with nothing taken back', () => {
    expect(compilerOptionsOf(plan({ CFLAGS: '-O2' }, step('make')), ['gcc'])).toEqual({
      from: options,
      optOuts: [],
    })
  })

  it.each<[string, ReturnType<typeof plan>, string[], { at: string; by: string }[]]>([
    [
      'by the variable, for all steps',
      plan({ GCC_SPEC_FILE: '/dev/null' }),
      [],
      [{ at: 'environment', by: 'GCC_SPEC_FILE=/dev/null' }],
    ],
    [
      'by the variable of a step',
      plan({}, step('make', { GCC_SPEC_FILE: 'no-hardening.spec' })),
      [],
      [{ at: 'Build', by: 'GCC_SPEC_FILE=no-hardening.spec' }],
    ],
    [
      'in the text of a step, each way once',
      plan(
        {},
        step('GCC_SPEC_FILE=/dev/null gcc -v; GCC_SPEC_FILE=/dev/null gcc\ntouch /etc/gcc_spec_file\n'),
      ),
      [],
      [
        { at: 'Build', by: 'GCC_SPEC_FILE=/dev/null' },
        { at: 'Build', by: '/etc/gcc_spec_file' },
      ],
    ],
    [
      'by refusing the package',
      plan({}),
      ['gcc', '!openssf-compiler-options'],
      [{ at: 'environment', by: '!openssf-compiler-options' }],
    ],
    ['not by an empty variable', plan({ GCC_SPEC_FILE: '' }), [], []],
  ])('are taken back %s', (_, given, wanted, optOuts) => {
    expect(compilerOptionsOf(given, wanted).optOuts).toEqual(optOuts)
  })
})
