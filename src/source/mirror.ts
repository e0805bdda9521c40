// SPDX-License-Identifier: Apache-2.0
import type { Source, WantedDigests } from './source.ts'

/** A place that was asked and does not have the file, with its answer. */
export interface Asked {
  readonly place: string
  readonly answer: string
}

export type MirrorAnswer =
  /** The file lies at `path`, not verified yet; whoever asked moves or removes it. `place` says where it came from. */
  | { readonly status: 'found'; readonly path: string; readonly place: string }
  | { readonly status: 'absent'; readonly asked: readonly Asked[] }

export interface MirrorRequest {
  readonly source: Source
  readonly wanted: WantedDigests
  /** An empty directory that the answer's file may be put in. */
  readonly directory: string
  readonly onProgress: (doneBytes: number, totalBytes: number | null) => void
  readonly signal: AbortSignal
}

/** Where else a source may be had. What it gives is verified by whoever asks. */
export interface Mirror {
  /** As `distro/mirrors.yaml` names it. */
  readonly kind: string
  /** Null when this mirror can know nothing of such a source. @throws MillraceError CANCELLED */
  readonly fetch: (request: MirrorRequest) => Promise<MirrorAnswer | null>
}

export function absent(place: string, answer: string): MirrorAnswer {
  return { status: 'absent', asked: [{ place, answer }] }
}
