// SPDX-License-Identifier: Apache-2.0
import { placeBoxes, type Sketch } from './place.ts'

/** Placing hundreds of boxes takes a second: it is done beside the page, which stays awake. */
addEventListener('message', ({ data }: MessageEvent<{ turn: number; sketch: Sketch }>) => {
  postMessage({ turn: data.turn, places: placeBoxes(data.sketch) })
})
