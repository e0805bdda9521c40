// SPDX-License-Identifier: Apache-2.0
/**
 * Durable work on PostgreSQL, by pg-boss: what was added survives a crash, what was interrupted is taken up again, and the same work is never there twice.
 * What is ready to be done, and in which order, is the factory's to say; this folder only keeps it. The factory imports it; it imports base.
 */
export { openQueue, type Work, type WorkQueue } from './queue.ts'
