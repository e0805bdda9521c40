// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type DistroGraph, makeApp, openAssets, openServer } from '../../src/server/index.ts'
import { largeGraph } from '../support/large-graph.ts'
import { literalCatalog, literalFeed, literalServices } from '../support/literal-catalog.ts'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)
if (CHROMIUM === undefined) console.log('skipped: the graph page in a browser; chromium is not installed')

/** Where pictures of the page are left to be looked at; nothing is kept without it. */
const PICTURES = process.env['MILLRACE_PICTURES']

describe.skipIf(CHROMIUM === undefined)('the graph of thousands in Chromium', () => {
  let graph = largeGraph()
  const feed = literalFeed()
  const stop = new AbortController()
  let scratch: string
  let url: string
  let close: () => Promise<void>
  let browser: Browser
  let page: Page
  let complaints: string[]

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'millrace-graph-page-'))
    const outDir = join(scratch, 'dist')
    await build({
      root: join(import.meta.dirname, '../../web'),
      logLevel: 'error',
      build: { outDir, emptyOutDir: true },
    })
    const catalog = { ...literalCatalog(), graph: async (): Promise<DistroGraph> => graph }
    const app = makeApp(literalServices({ catalog, events: feed }), {
      assets: await openAssets(outDir),
      stop: stop.signal,
      emit: () => {},
    })
    const server = await openServer({ app, host: '127.0.0.1', port: 0, signal: stop.signal })
    url = server.url
    close = () => server.close()
    browser = await chromium.launch({
      executablePath: CHROMIUM ?? '',
      headless: true,
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    })
  })
  afterAll(async () => {
    await browser?.close()
    stop.abort()
    await close?.()
    await rm(scratch, { recursive: true, force: true })
  })
  beforeEach(async () => {
    complaints = []
    page = await browser.newPage({ viewport: { width: 1280, height: 860 } })
    page.setDefaultTimeout(20_000)
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
    })
    return () => page.close()
  })

  const open = (path: string) => page.goto(`${url}${path}`)
  const sees = async (...words: string[]) => {
    for (const word of words) await page.getByText(word).filter({ visible: true }).first().waitFor()
  }
  const picture = async (name: string) => {
    if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, `${name}.png`) })
  }
  /** Colours on the map: one alone says that nothing was drawn. */
  const colours = () =>
    page.evaluate(`(() => {
      const canvas = document.querySelector('canvas.map')
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
      const seen = new Set()
      for (let at = 0; at < data.length; at += 4 * 97) seen.add(data[at] << 16 | data[at + 1] << 8 | data[at + 2])
      return seen.size
    })()`)
  const map = async () => {
    await page.locator('canvas.map').waitFor()
    await expect.poll(colours, { timeout: 20_000 }).toBeGreaterThan(4)
    await page.waitForTimeout(250)
  }
  /** Milliseconds between frames while the mouse does something, and those that drawing one took. */
  const framesOf = async (gesture: () => Promise<void>) => {
    await page.evaluate(`(() => {
      const measured = window.measured = { gaps: [], costs: [] }
      let before = performance.now()
      const own = window.requestAnimationFrame.bind(window)
      window.requestAnimationFrame = (draw) => own((now) => {
        const started = performance.now()
        draw(now)
        measured.costs.push(performance.now() - started)
      })
      const tick = (now) => {
        measured.gaps.push(now - before)
        before = now
        if (window.measured === measured) own(tick)
      }
      own(tick)
    })()`)
    await gesture()
    const { gaps, costs } = (await page.evaluate(
      '(() => { const m = window.measured; window.measured = null; return m })()',
    )) as {
      gaps: number[]
      costs: number[]
    }
    const sorted = (values: number[]) => values.slice(2).sort((a, b) => a - b)
    return { gaps: sorted(gaps), costs: sorted(costs) }
  }
  const quantile = (sorted: readonly number[], part: number) => sorted[Math.floor(sorted.length * part)] ?? 0

  it('is one canvas, not thousands of elements, and there within seconds', async () => {
    await open('/graph')
    await map()
    await sees('3,400 nodes')
    expect(await page.locator('*').count()).toBeLessThan(400)
    await picture('map-light')
    expect(complaints).toEqual([])
  })

  it('moves and grows smoothly', async () => {
    await open('/graph')
    await map()
    const { x, y } = (await page.locator('canvas.map').boundingBox()) ?? { x: 0, y: 0 }
    const pan = await framesOf(async () => {
      await page.mouse.move(x + 700, y + 400)
      await page.mouse.down()
      for (let step = 0; step < 90; step++) await page.mouse.move(x + 700 - step * 5, y + 400 - step * 2)
      await page.mouse.up()
    })
    const zoom = await framesOf(async () => {
      for (let step = 0; step < 60; step++) await page.mouse.wheel(0, step < 30 ? -40 : 40)
    })
    for (const [gesture, { gaps, costs }] of Object.entries({ pan, zoom })) {
      const said = (sorted: readonly number[]) =>
        `median ${quantile(sorted, 0.5).toFixed(1)} ms, p95 ${quantile(sorted, 0.95).toFixed(1)} ms`
      console.log(`${gesture}: ${gaps.length} frames, apart ${said(gaps)}; drawing one took ${said(costs)}`)
      expect(costs.length).toBeGreaterThan(10)
      // 60 frames a second are 16.7 ms each. How far apart they come depends on what else the machine does; what drawing takes must leave room.
      expect(quantile(costs, 0.5)).toBeLessThan(12)
    }
    expect(complaints).toEqual([])
  })

  it('is moved with the keyboard, and names can be read from near', async () => {
    await open('/graph')
    await map()
    await page.locator('canvas.map').focus()
    const before = await page.locator('canvas.map').screenshot()
    for (let press = 0; press < 7; press++) await page.keyboard.press('+')
    await page.keyboard.press('ArrowRight')
    await page.waitForTimeout(300)
    expect(await page.locator('canvas.map').screenshot()).not.toEqual(before)
    await picture('map-near')
  })

  it('stays where it is when the state of something changes', async () => {
    await open('/graph')
    await map()
    await page.getByText('Live', { exact: true }).waitFor()
    await page.getByRole('searchbox', { name: 'Search the graph' }).fill('recipe-0777')
    await sees('1 found')
    await page.keyboard.press('Enter')
    const { x, y, width, height } = (await page.locator('canvas.map').boundingBox()) ?? {
      x: 0,
      y: 0,
      width: 0,
      height: 0,
    }
    await page.mouse.click(x + width / 2, y + height / 2)
    const card = page.getByRole('complementary', { name: 'About recipe-0777' })
    await card.waitFor()
    const other = { done: 'failed', failed: 'done', running: 'done', waiting: 'done' } as const
    graph = { ...graph, nodes: graph.nodes.map((node) => ({ ...node, state: other[node.state] })) }
    const [was] = largeGraph().nodes.filter(({ id }) => id === 'recipe-0777')
    const now = other[was?.state ?? 'done']
    const told = { seq: 1, at: new Date().toISOString(), run: 'one' }
    feed.tell({ ...told, type: 'task.started', task: 'build:x', kind: 'build', subject: 'x-1' })
    await card.getByText(now).waitFor()
    await card.getByRole('button', { name: 'Close' }).click()
    await page.mouse.click(x + width / 2, y + height / 2)
    await card.waitFor()
    expect(complaints).toEqual([])
  })

  it('finds a name, goes there, and says what is known of it', async () => {
    await open('/graph')
    await map()
    await page.getByRole('searchbox', { name: 'Search the graph' }).fill('recipe-0123')
    await sees('1 found')
    await page.keyboard.press('Enter')
    await page.waitForTimeout(300)
    await picture('map-found')
    const { x, y, width, height } = (await page.locator('canvas.map').boundingBox()) ?? {
      x: 0,
      y: 0,
      width: 0,
      height: 0,
    }
    await page.mouse.click(x + width / 2, y + height / 2)
    const card = page.getByRole('complementary', { name: 'About recipe-0123' })
    await card.getByText('needed by').waitFor()
    await picture('map-chosen')
    await card.getByRole('link', { name: 'Only around it' }).click()
    await sees('around recipe-0123')
  })

  it('shows what is around one name, as far and on the side that is chosen', async () => {
    await open('/graph?focus=recipe-3390&side=needs')
    await page.locator('.react-flow__node', { hasText: 'recipe-3390' }).waitFor()
    const count = page.getByRole('status').filter({ hasText: 'nodes' })
    const near = await count.textContent()
    await picture('around')
    await page.getByRole('combobox', { name: 'How far' }).selectOption('2 steps')
    await expect.poll(() => count.textContent()).not.toBe(near)
    await page.getByRole('combobox', { name: 'Which side' }).selectOption('What needs it')
    expect(new URL(page.url()).search).toBe('?focus=recipe-3390&side=needed&depth=2')
    expect(complaints).toEqual([])
  })

  it('shows levels as bars, whose names are listed', async () => {
    await open('/graph')
    await page.getByRole('button', { name: 'Levels' }).click()
    const first = page.getByRole('button', { name: /^Level 0:/ })
    await first.click()
    await page.locator('.focus-links a').first().waitFor()
    await picture('levels')
    expect(complaints).toEqual([])
  })

  it('shows cycles with the shortest way around', async () => {
    await open('/graph?as=cycles')
    await sees('need each other', 'is built with')
    await picture('cycles')
    await page.getByRole('button', { name: 'Cycles' }).click()
    await map()
    expect(complaints).toEqual([])
  })

  it('tells why one needs another', async () => {
    await open('/graph?as=way&from=recipe-3399')
    await page.getByRole('combobox', { name: 'need' }).fill('recipe-0001')
    await page.locator('.steps-of-way a', { hasText: 'recipe-0001' }).waitFor()
    await picture('way')
    await page.getByRole('combobox', { name: 'need' }).fill('nothing')
    await sees('Name two recipes or images')
    await open('/graph?as=way&from=recipe-0500&to=recipe-3399')
    await sees('does not need')
    expect(complaints).toEqual([])
  })

  it.each(['', '?as=levels', '?as=cycles', '?as=way', '?focus=recipe-3390'])(
    '%s fits a telephone, in the dark',
    async (query) => {
      await page.emulateMedia({ colorScheme: 'dark' })
      await page.setViewportSize({ width: 390, height: 844 })
      await open(`/graph${query}`)
      await sees('Levels')
      await page.waitForTimeout(1200)
      await picture(`narrow-dark${query.replace(/\W+/g, '-')}`)
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
      expect(complaints).toEqual([])
    },
  )

  it('changes its colours with the page', async () => {
    await open('/graph')
    await map()
    const ground = () =>
      page.evaluate(
        `[...document.querySelector('canvas.map').getContext('2d').getImageData(2, 2, 1, 1).data].slice(0, 3).join()`,
      )
    const light = await ground()
    await page.emulateMedia({ colorScheme: 'dark' })
    await expect.poll(ground).not.toBe(light)
    await page.waitForTimeout(300)
    await picture('map-dark')
  })
})
