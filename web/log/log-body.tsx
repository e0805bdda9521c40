// SPDX-License-Identifier: Apache-2.0
import { memo, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { isStep, isTrouble, splitAt } from './log-text.ts'

/** Where to scroll to; `turn` tells one wish from the next for the same line. `line` is counted from 0. */
export interface LogTarget {
  readonly line: number
  readonly turn: number
}

export interface LogBodyProps {
  readonly lines: readonly string[]
  readonly count: number
  readonly wrap: boolean
  readonly target: LogTarget | null
  /** To be marked wherever they stand. */
  readonly words: string
}

const CHUNK = 100
const LINE_PX = 19

/** Lines in chunks of which only those near the eye are in the page: a log has a hundred thousand of them. */
export function LogBody({ lines, count, wrap, target, words }: LogBodyProps) {
  const box = useRef<HTMLDivElement>(null)
  const chunks = Math.ceil(count / CHUNK)
  const near = useNearChunks(box, chunks)
  const wanted = target === null ? -1 : Math.floor(target.line / CHUNK)
  useLayoutEffect(() => {
    if (target === null) return
    showLine(box.current, target.line)
    // Neighbours that come into the page now may be of another height than was thought.
    const frame = requestAnimationFrame(() => showLine(box.current, target.line))
    return () => cancelAnimationFrame(frame)
  }, [target])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section ref={box} className={wrap ? 'log-box wrap' : 'log-box'} aria-label="Log" tabIndex={0}>
      {Array.from({ length: chunks }, (_, index) => (
        <Chunk
          // biome-ignore lint/suspicious/noArrayIndexKey: a chunk is its place
          key={index}
          index={index}
          lines={near.has(index) || index === wanted ? lines : null}
          size={Math.min(CHUNK, count - index * CHUNK)}
          words={words}
          marked={index === wanted ? (target?.line ?? null) : null}
        />
      ))}
    </section>
  )
}

interface ChunkProps {
  readonly index: number
  /** Null while it is far from the eye. */
  readonly lines: readonly string[] | null
  readonly size: number
  readonly words: string
  readonly marked: number | null
}

const Chunk = memo(function Chunk({ index, lines, size, words, marked }: ChunkProps) {
  const first = index * CHUNK
  if (lines === null) return <div data-chunk={index} style={{ height: size * LINE_PX }} />
  return (
    <div data-chunk={index}>
      {lines.slice(first, first + size).map((text, offset) => {
        const number = first + offset + 1
        return (
          <div key={number} data-line={number} className={lineClass(text, number - 1 === marked)}>
            <a href={`#L${number}`} tabIndex={-1} aria-label={`Line ${number}`}>
              {number}
            </a>
            <span>
              <Marked text={text} words={words} />
            </span>
          </div>
        )
      })}
    </div>
  )
})

function lineClass(text: string, marked: boolean): string {
  const kind = isStep(text) ? ' step' : isTrouble(text) ? ' trouble' : ''
  return `log-line${kind}${marked ? ' marked' : ''}`
}

function Marked({ text, words }: { readonly text: string; readonly words: string }) {
  const parts = splitAt(text, words)
  if (parts.length === 1) return text
  return parts.map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place
    index % 2 === 1 ? <mark key={index}>{part}</mark> : part,
  )
}

/** Brings a line to the middle of the box, without moving the page around it; a line that is in sight stays where it is. */
function showLine(box: HTMLElement | null, index: number): void {
  const line = box?.querySelector<HTMLElement>(`[data-line="${index + 1}"]`)
  if (box === null || line === null || line === undefined) return
  const [top, bottom] = [line.offsetTop, line.offsetTop + line.offsetHeight]
  if (top >= box.scrollTop && bottom <= box.scrollTop + box.clientHeight) return
  box.scrollTop = top - (box.clientHeight - line.offsetHeight) / 2
}

function useNearChunks(box: { readonly current: HTMLElement | null }, chunks: number): ReadonlySet<number> {
  const [near, setNear] = useState<ReadonlySet<number>>(new Set([0]))
  // biome-ignore lint/correctness/useExhaustiveDependencies: new chunks are to be watched too
  useEffect(() => {
    if (box.current === null) return
    const watcher = new IntersectionObserver(
      (entries) =>
        setNear((before) => {
          const after = new Set(before)
          for (const { target, isIntersecting } of entries) {
            const index = Number((target as HTMLElement).dataset['chunk'])
            if (isIntersecting) after.add(index)
            else after.delete(index)
          }
          return after
        }),
      { root: box.current, rootMargin: '800px 0px' },
    )
    for (const chunk of box.current.querySelectorAll('[data-chunk]')) watcher.observe(chunk)
    return () => watcher.disconnect()
  }, [box, chunks])
  return near
}
