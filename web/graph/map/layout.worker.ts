// SPDX-License-Identifier: Apache-2.0
import { layoutMap } from './layout.ts'

/** Placing thousands of names is done beside the page, which stays awake. */
addEventListener(
  'message',
  ({ data }: MessageEvent<{ turn: number; edges: ReadonlyMap<string, ReadonlySet<string>> }>) => {
    postMessage({ turn: data.turn, layout: layoutMap(data.edges) })
  },
)
