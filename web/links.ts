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

const OF_IMAGES: ReadonlySet<TaskKind> = new Set(['image'])
const OF_PACKAGES: ReadonlySet<TaskKind> = new Set(['build', 'test', 'reproduce'])

/** The page of a task's subject, such as `zlib-1.3.1-r0`; null where there is none. */
export function subjectPath(kind: TaskKind, subject: string): string | null {
  const name = subjectName(subject)
  if (!isName(name)) return null
  if (OF_IMAGES.has(kind)) return imagePath(name)
  return OF_PACKAGES.has(kind) ? packagePath(name) : null
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
