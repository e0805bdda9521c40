// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { addBuild } from './build.ts'
import { addDebug } from './debug.ts'
import { addDoctor } from './doctor.ts'
import { addExpand } from './expand.ts'
import { addFormat } from './format.ts'
import { addGc } from './gc.ts'
import { addGraph } from './graph.ts'
import { addImage } from './image.ts'
import { addLicenseCheck } from './license-check.ts'
import { addLint } from './lint.ts'
import { addLock } from './lock.ts'
import { addLog } from './log.ts'
import { addPlan } from './plan.ts'
import { addPublish } from './publish.ts'
import { addScan } from './scan.ts'
import { addServe } from './serve.ts'
import { addSolve } from './solve.ts'
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
    addDebug,
    addBuild,
    addTest,
    addExpand,
    addFormat,
    addLint,
    addPlan,
    addLock,
    addSolve,
    addGraph,
    addPublish,
    addImage,
    addScan,
    addLicenseCheck,
    addServe,
    addVerify,
    addGc,
    addDoctor,
  ])
    add(program, context)
}
