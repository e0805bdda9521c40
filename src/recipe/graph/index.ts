// SPDX-License-Identifier: Apache-2.0
/**
 * What recipes need of each other, and what follows from it: components, levels, shortest ways, what breaks cycles, predicted time. Pure. All but `makers`, `needs` and `place` know names and edges
 * only, and import nothing else: the page draws with them too.
 */
export { cyclicComponents } from './components.ts'
export { asLeaves, countEdges, type Edges, reversed, within } from './edges.ts'
export { feedbackSet } from './feedback.ts'
export { levelsOf } from './levels.ts'
export { wishedName } from './makers.ts'
export { NEED_KINDS, type NeedKind, RecipeNeeds, type Wish } from './needs.ts'
export { placeOfWish } from './place.ts'
export { reachedFrom } from './reach.ts'
export { type CriticalPath, criticalPath, timeOnWorkers } from './schedule.ts'
export { shortestCycle, shortestPath } from './shortest.ts'
