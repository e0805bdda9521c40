// SPDX-License-Identifier: Apache-2.0
/**
 * The graph of a whole corpus, as `millrace graph` tells it: its numbers and cycles, ways between recipes with the places that make them, what a change makes be built anew. The command line imports it
 * through the factory's door. Only build times are asked of a data directory.
 */
export { type Affected, type PredictedTime, predictRebuild } from './affected.ts'
export { type BuildTimes, readBuildTimes } from './build-times.ts'
export { type ChainLink, type PlacedWish, placedChain } from './chain.ts'
export { type Change, readChange } from './change.ts'
export { type GraphCorpus, readGraphCorpus } from './corpus.ts'
export { type Cut, type Cycle, cutCycles, cyclesOf, type GraphSummary, summarizeGraph } from './summary.ts'
