// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { isMillraceError, type Location } from '../../base/index.ts'
import { type NeedKind, parseRecipe, placeOfWish, type Recipe, type Wish } from '../../recipe/index.ts'
import type { GraphCorpus } from './graph-corpus.ts'

/** One edge of the graph, and all that makes it one. */
export interface ChainLink {
  readonly from: string
  readonly to: string
  /** More than one where what `from` names brings along what is of `to`. */
  readonly wishes: readonly PlacedWish[]
}

export interface PlacedWish extends Wish {
  /** Where it is written; the file alone where that cannot be told. */
  readonly at: Location
}

/** The edges between names that follow each other, with the wishes behind each and their places: recipes are read again for that, so it is for few. */
export function placedChain(
  corpus: GraphCorpus,
  names: readonly string[],
  kinds: readonly NeedKind[],
): ChainLink[] {
  const parsed = new Map<string, Recipe | undefined>()
  const placed = (wish: Wish): PlacedWish => ({ ...wish, at: placeIn(corpus, wish, parsed) })
  return names.slice(1).map((to, index) => {
    const from = names[index] ?? ''
    return { from, to, wishes: corpus.needs.wishesBetween(from, to, kinds).map(placed) }
  })
}

function placeIn(corpus: GraphCorpus, wish: Wish, parsed: Map<string, Recipe | undefined>): Location {
  const file = corpus.recipes.get(wish.recipe)?.file ?? ''
  if (!parsed.has(file)) parsed.set(file, parseAgain(file))
  const recipe = parsed.get(file)
  return recipe === undefined ? { file } : placeOfWish(recipe, wish, corpus.find)
}

/** Undefined when it is no longer what it was. */
function parseAgain(file: string): Recipe | undefined {
  try {
    return parseRecipe(readFileSync(file, 'utf8'), file)
  } catch (error) {
    if (!isMillraceError(error)) throw error
    return undefined
  }
}
