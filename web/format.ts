// SPDX-License-Identifier: Apache-2.0
import { formatCount } from '../src/base/words.ts'

/** How long ago, by the largest unit that says enough: `just now`, `4 min ago`, `3 days ago`, then the date. */
export function formatAgo(atMs: number, nowMs: number): string {
  const seconds = Math.max(0, (nowMs - atMs) / 1000)
  if (seconds < 10) return 'just now'
  if (seconds < 60) return `${Math.floor(seconds)} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`
  const days = Math.floor(seconds / 86_400)
  if (days < 31) return days === 1 ? 'yesterday' : `${days} days ago`
  return new Date(atMs).toISOString().slice(0, 10)
}

/** A time to the second, in UTC as all times of the factory: `2026-11-22 09:30:00 UTC`. */
export function formatTime(at: string | number): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime())
    ? String(at)
    : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** `12 packages`, or `3 of 12 packages` where not all were found. */
export function formatFound(found: number, all: number, noun: string): string {
  return found === all ? formatCount(all, noun) : `${found} of ${formatCount(all, noun)}`
}

/** The digest's algorithm left out and its hex cut: enough to tell two apart. */
export function shortDigest(digest: string, digits = 12): string {
  return digest.replace(/^sha\d+:/, '').slice(0, digits)
}
