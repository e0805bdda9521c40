// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { addBuild } from './build.ts'
import { addDoctor } from './doctor.ts'
import { addGc } from './gc.ts'
import { addImage } from './image.ts'
import { addLog } from './log.ts'
import { addPlan } from './plan.ts'
import { addPublish } from './publish.ts'
import { addServe } from './serve.ts'
import { addStart } from './start.ts'
import { addStatus } from './status.ts'
import { addTest } from './test.ts'
import { addVerify } from './verify.ts'
import { addWhy } from './why.ts'

/** Every command, in the order of the help. */
export function addCommands(program: Command, context: Context): void {
  for (const add of [
    addStart,
    addStatus,
    addLog,
    addWhy,
    addBuild,
    addTest,
    addPlan,
    addPublish,
    addImage,
    addServe,
    addVerify,
    addGc,
    addDoctor,
  ])
    add(program, context)
}
