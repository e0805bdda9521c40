// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type EventBody, INITIAL_PROGRESS, type MillraceEvent, reduce } from '../../src/base/index.ts'
import { type Catalog, makeApp, type OpenServer, openAssets, openServer } from '../../src/server/index.ts'
import { buildKeyOf, literalCatalog, literalFeed, literalServices } from '../support/literal-catalog.ts'

const ROOT = join(import.meta.dirname, '../..')
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)
if (CHROMIUM === undefined) console.log('skipped: the page in a browser; chromium is not installed')

/** Root may not use Chromium's own sandbox; the rest keeps it from talking to anybody. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The factory as the page sees it: a real server over HTTP, with an event log to which a test may add. */
interface Factory {
  readonly url: string
  tell(body: EventBody): void
  close(): Promise<void>
}

let scratch: string
let browser: Browser
/** One for all tests, so that the page's files are read once. */
let context: BrowserContext
let page: Page
/** Whatever the browser complained of, refusals of the Content-Security-Policy among it. */
let complaints: string[]

async function openFactory(overrides: Partial<Catalog> = {}): Promise<Factory> {
  const stop = new AbortController()
  const feed = literalFeed()
  let state = INITIAL_PROGRESS
  const services = literalServices({
    catalog: { ...literalCatalog(), ...overrides },
    events: feed,
    progress: () => state,
  })
  const assets = await openAssets(join(scratch, 'dist'))
  const app = makeApp(services, { assets, stop: stop.signal, emit: () => {} })
  const server: OpenServer = await openServer({ app, host: '127.0.0.1', port: 0, signal: stop.signal })
  return {
    url: server.url,
    tell: (body) => {
      const event: MillraceEvent = { ...body, seq: state.seq + 1, at: new Date().toISOString(), run: 'one' }
      state = reduce(state, event)
      feed.tell(event)
    },
    close: async () => {
      stop.abort()
      await server.close()
    },
  }
}

describe.skipIf(CHROMIUM === undefined)('the page in Chromium', () => {
  let factory: Factory

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'millrace-web-'))
    // Vitest's NODE_ENV makes this React's development build: what React warns of is a complaint too.
    await build({
      root: join(ROOT, 'web'),
      logLevel: 'error',
      build: { outDir: join(scratch, 'dist'), emptyOutDir: true },
    })
    factory = await openFactory()
    browser = await chromium.launch({ executablePath: CHROMIUM ?? '', headless: true, args: FLAGS })
    context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' })
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: factory.url })
  })
  afterAll(async () => {
    await browser?.close()
    await factory?.close()
    await rm(scratch, { recursive: true, force: true })
  })
  beforeEach(async () => {
    complaints = []
    page = await context.newPage()
    page.setDefaultTimeout(20_000)
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
    })
    return () => page.close()
  })

  const open = (path: string, from = factory) => page.goto(`${from.url}${path}`)
  /** Waits until all of the words are on the page. */
  const sees = async (...words: string[]) => {
    for (const word of words) await page.getByText(word).filter({ visible: true }).first().waitFor()
  }

  describe('every page', () => {
    const zlibKey = buildKeyOf('zlib').slice(7, 23)
    const gitKey = buildKeyOf('git').slice(7, 23)
    it.each([
      [
        '/',
        'Millrace',
        ['At rest', 'podman pull', 'add the repository', 'no acceptable C compiler', '10 packages'],
      ],
      [
        '/packages',
        'Packages · Millrace',
        ['ca-certificates', '8.14.1-r0', 'differs', 'bit for bit', '11 packages'],
      ],
      [
        '/packages/zlib',
        'zlib · Millrace',
        ['Compression library', 'zlib-dev', '31 packages of the seed', 'A second build'],
      ],
      ['/packages/curl', 'curl · Millrace', ['usr/bin/curl', '4,096', 'a build path is recorded']],
      [
        '/packages/git',
        'git · Millrace',
        ['Nothing was published yet', 'build failed', 'autoconf/configure'],
      ],
      [
        '/packages/zlib?show=dependencies',
        'zlib · Millrace',
        ['so:libglibc.so.1', 'cmd:zlib=1.3.1-r0', 'sqlite'],
      ],
      [
        '/packages/curl?show=sbom',
        'curl · Millrace',
        ['pkg:apk/millrace/openssl', 'MIT', 'apk-curl-8.14.1-r0'],
      ],
      [
        '/packages/curl?show=provenance',
        'curl · Millrace',
        ['https://example.org/curl-8.14.1.tar.gz', '12.2.0-14', 'seed', 'https://millrace.dev/builder/1'],
      ],
      ['/images', 'Images · Millrace', ['The nginx web server', '1.28.0', 'failed']],
      [
        '/images/sqlite',
        'sqlite image · Millrace',
        ['users, os-release, links', '/usr/bin/sqlite', '65532', 'no answer on port 8080', 'podman pull'],
      ],
      ['/images/nginx?show=contents', 'nginx image · Millrace', ['pcre2', 'BSD-3-Clause', 'installed']],
      ['/images/nginx?show=sbom', 'nginx image · Millrace', ['pkg:apk/millrace/pcre2']],
      ['/images/nginx?show=provenance', 'nginx image · Millrace', ['https://millrace.dev/builder/1']],
      [
        `/builds/${zlibKey}`,
        'Build of zlib 1.3.1-r0 · Millrace',
        ['glibc-dev', 'reproduce', 'expanding zlib'],
      ],
      [
        `/builds/${gitKey}`,
        'Build of git 2.47.2-r0 · Millrace',
        ['build failed', 'it misses cmd:cc', 'gcc is gone', 'add gcc to', 'millrace debug git-0123456789ab'],
      ],
      ['/graph', 'Graph · Millrace', ['glibc', 'image 1.28.0', 'ca-certificates']],
    ])('%s shows its facts, fits a telephone and complains of nothing', async (path, title, words) => {
      await open(path)
      await sees(...words)
      expect(await page.title()).toBe(title)
      await page.setViewportSize({ width: 390, height: 844 })
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
      expect(complaints).toEqual([])
    })

    it('comes with the policy that lets only its own files run', async () => {
      const response = await open('/graph')
      expect(response?.headers()['content-security-policy']).toContain("script-src 'self'")
      expect(await page.locator('script:not([src])').count()).toBe(0)
      // The policy is alive: what it forbids is refused.
      const refused = await page.evaluate(
        `new Promise((done) => {
          addEventListener('securitypolicyviolation', (violation) => done(violation.effectiveDirective))
          const script = document.createElement('script')
          script.textContent = 'window.ran = true'
          document.head.append(script)
        })`,
      )
      expect(refused).toBe('script-src-elem')
    })
  })

  describe('what happens', () => {
    it('is shown as it happens, and the counts with it', async () => {
      const quiet = await openFactory()
      const task = `build:${buildKeyOf('zlib').slice(7)}`
      await open('/', quiet)
      await sees('Nothing runs at the moment')
      await page.getByText('Live', { exact: true }).waitFor()
      quiet.tell({
        type: 'work.expected',
        tasks: [
          { task, kind: 'build', subject: 'zlib-1.3.1-r0', expectedMs: 60_000 },
          { task: 'image:nginx', kind: 'image', subject: 'nginx', expectedMs: 9000 },
        ],
      })
      await sees('2 waiting')
      quiet.tell({ type: 'task.started', task, kind: 'build', subject: 'zlib-1.3.1-r0' })
      quiet.tell({ type: 'plan.made', task, key: `sha256:${'ab'.repeat(32)}` })
      quiet.tell({ type: 'step.started', task, step: 2, steps: 3, label: 'autoconf/make' })
      quiet.tell({ type: 'step.line', task, stream: 'stdout', text: 'cc -c inflate.c' })
      await sees('1 running, 1 waiting', 'step 2 of 3', 'autoconf/make', 'cc -c inflate.c', 'about')
      await page.getByRole('progressbar', { name: 'build zlib-1.3.1-r0' }).waitFor()
      quiet.tell({
        type: 'task.ended',
        task,
        outcome: 'failed',
        durationMs: 4000,
        summary: 'make: *** Error 2',
      })
      await sees('make: *** Error 2')
      const ended = page.getByRole('listitem').filter({ hasText: 'make: *** Error 2' })
      expect(await ended.getByRole('link', { name: 'log' }).getAttribute('href')).toMatch(
        /^\/builds\/[0-9a-f]{16}$/,
      )
      expect(complaints).toEqual([])
      await quiet.close()
    })

    it('is caught up with when the factory was away', async () => {
      const first = await openFactory()
      await open('/', first)
      await page.getByText('Live', { exact: true }).waitFor()
      const { port } = new URL(first.url)
      await first.close()
      await page.getByText('Lost', { exact: true }).waitFor()
      const stop = new AbortController()
      const known = {
        ...INITIAL_PROGRESS,
        run: 'two',
        seq: 90,
        recent: [
          {
            task: 'x',
            kind: 'test' as const,
            subject: 'zstd-1.5.7-r0',
            planKey: null,
            outcome: 'passed' as const,
            durationMs: 5,
            summary: 'while you were away',
            endedAtMs: Date.now(),
          },
        ],
      }
      const app = makeApp(literalServices({}, known), {
        assets: await openAssets(join(scratch, 'dist')),
        stop: stop.signal,
        emit: () => {},
      })
      const second = await openServer({ app, host: '127.0.0.1', port: Number(port), signal: stop.signal })
      await sees('Live', 'while you were away')
      stop.abort()
      await second.close()
    })
  })

  describe('a person', () => {
    it('copies the line that pulls an image', async () => {
      await open('/images/nginx')
      await page.getByRole('button', { name: 'Copy the podman line' }).click()
      await page.getByText('Copied', { exact: true }).waitFor({ state: 'attached' })
      const { host } = new URL(factory.url)
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
        `podman pull --tls-verify=false ${host}/nginx:latest`,
      )
    })

    it('searches, sorts and filters packages, and may send the address on', async () => {
      await open('/packages')
      await page.getByRole('searchbox', { name: 'Search packages' }).fill('crypto')
      await sees('1 of 11 packages')
      expect(await rows()).toEqual(['openssl'])
      await page.getByRole('searchbox', { name: 'Search packages' }).fill('')
      await page.getByRole('button', { name: 'Size' }).click()
      await page.getByRole('button', { name: 'Size' }).click()
      expect((await rows()).slice(0, 2)).toEqual(['ca-certificates', 'zlib-dev'])
      await page.getByRole('combobox', { name: 'State' }).selectOption('failed')
      expect(await rows()).toEqual(['git'])
      expect(new URL(page.url()).search).toBe('?sort=-size&state=failed')
      await page.reload()
      await sees('1 of 11 packages')
      expect(await rows()).toEqual(['git'])
    })
    const rows = async () => (await page.locator('tbody th a').allTextContents()).map((text) => text.trim())

    it('goes anywhere with the keyboard alone', async () => {
      await open('/')
      await page.getByText('Live', { exact: true }).waitFor()
      await page.keyboard.press('/')
      await page.keyboard.type('ngi')
      await page.getByRole('option', { name: /nginx.*package/ }).waitFor()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/packages/nginx')
      await sees('HTTP and reverse proxy server')
      expect(await page.evaluate('document.activeElement.id')).toBe('main')
    })

    it('reads a log: the first error is in sight, and words are found', async () => {
      await open(`/builds/${buildKeyOf('git').slice(7, 23)}`)
      await page.locator('.log-line.marked', { hasText: 'no acceptable C compiler' }).waitFor()
      await page.getByRole('searchbox', { name: 'Search the log' }).fill('checking')
      await sees('1 of 2')
      await page.keyboard.press('Enter')
      await page.locator('.log-line.marked', { hasText: 'checking for gcc' }).waitFor()
      await page.keyboard.press('Enter')
      await sees('2 of 2')
      await page
        .getByRole('combobox', { name: 'Go to a step' })
        .selectOption({ label: '3 of 3: autoconf/make' })
      await page.locator('.log-line.marked', { hasText: 'step 3 of 3' }).waitFor()
    })

    it('reads a log of a hundred thousand lines from the line that was sent', async () => {
      const text = Array.from({ length: 100_000 }, (_, index) => `line ${index + 1}\n`).join('')
      const bytes = new TextEncoder().encode(text)
      const log: Catalog['log'] = async () => ({
        mediaType: 'text/plain',
        sizeBytes: bytes.length,
        body: ReadableStream.from([bytes.subarray(0, 70_000), bytes.subarray(70_000)]),
      })
      const wordy = await openFactory({ log })
      await open(`/builds/${buildKeyOf('zlib').slice(7, 23)}#L76543`, wordy)
      await page.locator('.log-line.marked', { hasText: 'line 76543' }).waitFor()
      await sees('100,000 lines')
      expect(await page.locator('.log-line').count()).toBeLessThan(2000)
      await wordy.close()
    })

    it('finds, focuses and follows a box of the graph', async () => {
      await open('/graph')
      await page.getByRole('link', { name: /^recipe openssl/ }).hover()
      // Also what a longer way implies: openssl needs zlib, which needs glibc.
      await page.locator('.react-flow__node.near', { hasText: 'glibc' }).waitFor()
      expect(await page.locator('.react-flow__node.near', { hasText: 'sqlite' }).count()).toBe(0)
      await page.getByRole('searchbox', { name: 'Search the graph' }).fill('zlib')
      await sees('1 found')
      await page.locator('.react-flow__node.found', { hasText: 'zlib' }).waitFor()
      await page.goto(`${factory.url}/graph?focus=pcre2`)
      await sees('around pcre2')
      await page.getByRole('link', { name: /^recipe pcre2/ }).waitFor()
      expect(await page.getByRole('link', { name: /^recipe sqlite/ }).count()).toBe(0)
      await page.getByRole('link', { name: /^recipe pcre2/ }).click()
      await page.waitForURL('**/packages/pcre2')
    })

    it('reads the graph in words', async () => {
      await open('/graph')
      await page.getByRole('button', { name: 'As a list' }).click()
      const openssl = page.getByRole('row', { name: /^openssl/ })
      expect(await openssl.getByRole('link').allTextContents()).toEqual(
        expect.arrayContaining(['openssl', 'glibc', 'zlib', 'curl', 'nginx (image)']),
      )
    })

    it('chooses colours that stay', async () => {
      await open('/')
      const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
      const light = await ground()
      await page.getByRole('button', { name: /Change to light/ }).click()
      await page.getByRole('button', { name: /Change to dark/ }).click()
      expect(await ground()).not.toBe(light)
      await page.reload()
      await page.getByRole('button', { name: /^Colours: dark/ }).waitFor()
      expect(await ground()).not.toBe(light)
      await page.getByRole('button', { name: /Change to system/ }).click()
      expect(await ground()).toBe(light)
    })
  })

  describe('what is not there', () => {
    it('is said kindly, with what was probably meant', async () => {
      await open('/packages/zlbi')
      await sees('Nothing of that name', 'there is none of that name')
      await page.getByRole('link', { name: 'zlib', exact: true }).click()
      await page.waitForURL('**/packages/zlib')
      await sees('Compression library')
    })

    it.each([
      ['/images/nope', 'Nothing of that name'],
      [`/builds/${'0'.repeat(16)}`, 'Nothing of that name'],
      ['/packages/a/b', 'Nothing here'],
    ])('%s has a face of its own', async (path, words) => {
      await open(path)
      await sees(words, 'All packages')
    })

    it('is empty in words where nothing was made yet', async () => {
      const none = await openFactory({
        packages: async () => [],
        images: async () => [],
        graph: async () => ({ nodes: [], edges: [] }),
      })
      await open('/packages', none)
      await sees('There is no package yet')
      await open('/images', none)
      await sees('There is no image yet')
      await open('/graph', none)
      await sees('There is nothing to draw yet')
      expect(complaints).toEqual([])
      await none.close()
    })

    it('is told apart from a factory that does not answer', async () => {
      await page.route('**/api/packages', (route) => route.abort())
      await open('/packages')
      await sees('That did not work', 'it does not answer')
      await page.unroute('**/api/packages')
      await page.getByRole('button', { name: 'Try again' }).click()
      await sees('ca-certificates')
    })
  })

  it('shows what others wrote as text, never as something that runs or leads astray', async () => {
    const evil = '<img src=x onerror="window.ran=1">'
    const detail = await literalCatalog().package('zlib')
    if (detail === null) throw new Error('the literal catalog has no zlib')
    const hostile = { ...detail, description: evil, url: 'javascript:alert(1)', license: evil }
    const bad = await openFactory({ package: async () => hostile, document: async () => null })
    await open('/packages/zlib', bad)
    await sees(evil, 'javascript:alert(1)')
    expect(await page.locator('a[href^="javascript"]').count()).toBe(0)
    expect(await page.evaluate('window.ran')).toBeUndefined()
    await open('/packages/zlib?show=sbom', bad)
    await sees('Looking for the document')
    await bad.close()
  })
})
