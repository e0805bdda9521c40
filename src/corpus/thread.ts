// SPDX-License-Identifier: Apache-2.0
// A thread that expands recipes with others: takes batches of the shared work, answers once.
import { parentPort, workerData } from 'node:worker_threads'
import { type SharedWork, takeBatches } from './spread.ts'

parentPort?.postMessage(await takeBatches(workerData as SharedWork))
