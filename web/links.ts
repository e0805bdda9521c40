// SPDX-License-Identifier: Apache-2.0
import type { TaskKind } from '../src/base/events.ts'

/** Names may hold `+`, which a path carries as it is: `libstdc++`. */
const inPath = (name: string) => encodeURIComponent(name).replaceAll('%2B', '+')

export const packagePath = (name: string) => `/packages/${inPath(name)}`
export const imagePath = (name: string) => `/images/${inPath(name)}`
/** @param line counted from 1. */
export function buildPath(key: string, attempt?: number | null, line?: number): string {
  const query = attempt === undefined || attempt === null ? '' : `?attempt=${attempt}`
  return `/builds/${key.replace(/^sha256:/, '').slice(0, 16)}${query}${line === undefined ? '' : `#L${line}`}`
}

/** Where a task's subject has its page, and where the log of its build is; each null where it has none or none can be told. */
export interface TaskLinks {
  readonly subject: string | null
  readonly build: string | null
}

const OF_IMAGES: ReadonlySet<TaskKind> = new Set(['image'])
const OF_PACKAGES: ReadonlySet<TaskKind> = new Set(['plan', 'build', 'test', 'reproduce', 'promote'])

/** Read from the task's name, which ends in the build key where it has one (`build:<build key>`), and its subject, such as `zlib-1.3.1-r0`. */
export function linksOfTask(task: string, kind: TaskKind, subject: string): TaskLinks {
  const key = /(?:^|[:/])([0-9a-f]{64})\b/.exec(task)?.[1]
  const name = subjectName(subject)
  const path = OF_IMAGES.has(kind) ? imagePath(name) : OF_PACKAGES.has(kind) ? packagePath(name) : null
  return { subject: isName(name) ? path : null, build: key === undefined ? null : buildPath(key) }
}

/** `zlib-1.3.1-r0` → `zlib`, `nginx:1.29` → `nginx`, `image nginx` → `nginx`. */
export function subjectName(subject: string): string {
  const last = subject.trim().split(/\s+/).at(-1) ?? ''
  return last
    .replace(/^image:/, '')
    .replace(/[:@].*$/, '')
    .replace(/-\d[^-]*-r\d+$/, '')
}

const isName = (text: string) => /^[A-Za-z0-9][A-Za-z0-9+._-]{0,199}$/.test(text)

/** Only what a browser may open without harm: recipes are written by others. */
export function safeUrl(url: string): string | null {
  const parsed = URL.parse(url)
  return parsed !== null && (parsed.protocol === 'https:' || parsed.protocol === 'http:') ? parsed.href : null
}
