// SPDX-License-Identifier: Apache-2.0
/**
 * Entering what failed: a failure told with all that is known of it, its sandbox opened again at the failing step, the steps gone on with, and what was changed there saved as a patch of the recipe.
 * The rest of the factory and, through it, the command line import it.
 */

export { type FailureReport, reportFailure, reportLines, whereToLook } from './failure-report.ts'
export { findSnapshot } from './find-snapshot.ts'
export { type SavedPatch, savePatch } from './save-patch.ts'
export { openDebugServices } from './services.ts'
export { openSession, type Session, TOOLS } from './session.ts'
export { formatTrail } from './trails.ts'
