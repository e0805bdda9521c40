// SPDX-License-Identifier: Apache-2.0

/**
 * Does work in batches, one at a time: what is asked for while a batch is under way waits and is done together in the next. All of a batch share its result, or its failure.
 */
export function coalesce<Item, Result>(
  work: (items: readonly Item[]) => Promise<Result>,
): (item: Item) => Promise<Result> {
  let waiting: { readonly items: Item[]; readonly result: Promise<Result> } | undefined
  let last: Promise<unknown> = Promise.resolve()
  return (item) => {
    if (waiting === undefined) {
      const items: Item[] = []
      const result = last.then(() => {
        waiting = undefined
        return work(items)
      })
      waiting = { items, result }
      last = result.catch(() => {})
    }
    waiting.items.push(item)
    return waiting.result
  }
}
