// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod'
import type { SandboxOutcome } from '../../sandbox/index.ts'

/** What kind of trouble ended a build or a test: it says who can do something about it. */
export const FailureClass = z.enum([
  'source',
  'dependency',
  'compile',
  'test',
  'lint',
  'recipe',
  'infrastructure',
  'timed-out',
  'out-of-memory',
  'too-many-processes',
  'disk-full',
  'output-limit',
])
export type FailureClass = z.infer<typeof FailureClass>

/** A class as a person reads it. */
export const CLASS_TITLES: Readonly<Record<FailureClass, string>> = {
  source: 'a source is not as the recipe expects it',
  dependency: 'something is missing in the environment',
  compile: 'it does not compile',
  test: 'a test fails',
  lint: 'a required lint fails',
  recipe: 'a step of the recipe fails',
  infrastructure: 'the machine fails',
  'timed-out': 'out of time',
  'out-of-memory': 'out of memory',
  'too-many-processes': 'too many processes',
  'disk-full': 'the disk is full',
  'output-limit': 'too much output',
}

/** What to do about a class, as the next step of whoever wrote the recipe. */
export const CLASS_FIXES: Readonly<Record<FailureClass, string>> = {
  source: 'correct the source or the patch in the recipe',
  dependency: 'add the package that has it to environment.contents.packages',
  compile: 'change the sources by a patch, or the flags of the step',
  test: 'see whether the package or its test is wrong',
  lint: 'let the recipe leave out what the lint forbids, or list it in checks.disabled',
  recipe: 'change the step',
  infrastructure: 'see what else the machine does, then build again',
  'timed-out': 'see in the log what it waits for; if it needs longer, set package.timeout in the recipe',
  'out-of-memory': 'let the step run fewer jobs at once, or raise the memory limit of builds',
  'too-many-processes':
    'see in the log what starts so many processes; if it needs them, raise the process limit of builds',
  'disk-full': 'let the step write less, or raise the disk limit of builds',
  'output-limit': 'let the step say less',
}

/** The class of a run that was stopped from outside; undefined when it ended by itself, and its output must say. */
export function classOfOutcome({ status }: SandboxOutcome): FailureClass | undefined {
  return status === 'exited' || status === 'cancelled' ? undefined : status
}
