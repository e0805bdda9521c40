// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTinyMill, tinyOutput, tinyPlan, whyNoBuilds } from '../../../test/support/tiny-mill.ts'
import {
  dataWithoutSecrets,
  digestHex,
  digestOf,
  fixedClock,
  formatError,
  MillraceError,
  openHttp,
  redactText,
  redactUrl,
  runCommand,
} from '../../base/index.ts'
import { buildPackages, openBuildLog } from '../../build/index.ts'
import { formatPlan } from '../../plan/index.ts'
import type { SecretSetting } from '../../settings/index.ts'
import { fetchSource, openHostMemory } from '../../source/index.ts'
import { openSecrets } from './open-secrets.ts'

const VALUE = 'mlr-planted-4f9a0c7e-secret'
const SOURCE = 'the private source\n'

let root = ''
let hosts: { readonly own: string; readonly other: string }
const asked: { readonly path: string; readonly authorization: string | undefined }[] = []
const closing: (() => void)[] = []

/** Gives the source to who shows the secret, and sends some away to another host. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const { authorization } = request.headers
  asked.push({ path: `${request.headers.host}${request.url}`, authorization })
  if (request.url === '/away')
    return void response.writeHead(302, { location: `https://${hosts.other}/source` }).end()
  if (request.url === '/echo') return void response.writeHead(200).end(`you said ${authorization}`)
  if (authorization !== `Bearer ${VALUE}`) return void response.writeHead(401).end()
  response.writeHead(200, { 'content-length': SOURCE.length }).end(SOURCE)
}

async function serve(certificate: { key: string; cert: string }): Promise<number> {
  const server = createServer(certificate, answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
  )
  return (server.address() as AddressInfo).port
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-secrets-'))
  const [key, cert] = [join(root, 'key.pem'), join(root, 'cert.pem')]
  const made = await runCommand({
    program: 'openssl',
    args: [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
      ...['-keyout', key, '-out', cert],
    ],
  })
  expect(made.code).toBe(0)
  const certificate = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
  setDefaultCACertificates([...getCACertificates(), certificate.cert])
  hosts = { own: `127.0.0.1:${await serve(certificate)}`, other: `localhost:${await serve(certificate)}` }
})
beforeEach(() => {
  asked.length = 0
})
afterAll(async () => {
  for (const close of closing) close()
  await rm(root, { recursive: true, force: true })
})

async function planted(text = `${VALUE}\n`, mode = 0o600): Promise<SecretSetting> {
  const file = join(root, `secret-${Math.random()}`)
  await writeFile(file, text)
  await chmod(file, mode)
  return { name: 'forge', file, hosts: [hosts.own], as: 'bearer' }
}

describe('a secret of the settings', () => {
  it.each([
    { name: 'others may read', text: VALUE, mode: 0o644, why: 'others may read it (mode 644)' },
    { name: 'is too short to be hidden', text: 'x4f9!', mode: 0o600, why: 'fewer than 8 characters' },
    { name: 'has two lines', text: `${VALUE}\n${VALUE}\n`, mode: 0o600, why: 'line ends' },
  ])('is refused when it $name, without its value', async ({ text, mode, why }) => {
    const opening = openSecrets([await planted(text, mode)])
    await expect(opening).rejects.toMatchObject({
      code: 'SETTINGS_INVALID',
      why: expect.stringContaining(why),
    })
    await opening.catch((error: unknown) => expect(formatError(error)).not.toContain(text.trim()))
  })

  it('is refused when it is not there', async () => {
    const absent = { ...(await planted()), file: join(root, 'absent') }
    await expect(openSecrets([absent])).rejects.toMatchObject({ code: 'SETTINGS_INVALID' })
  })

  it.each([
    { as: 'bearer', text: VALUE, want: { authorization: `Bearer ${VALUE}` } },
    {
      as: 'basic',
      text: `me:${VALUE}`,
      want: { authorization: `Basic ${Buffer.from(`me:${VALUE}`).toString('base64')}` },
    },
    { as: 'header PRIVATE-TOKEN', text: VALUE, want: { 'private-token': VALUE } },
  ])('is shown as $as, by https, to its hosts alone', async ({ as, text, want }) => {
    const { credentialsFor } = await openSecrets([
      { ...(await planted(text)), as, hosts: ['git.example.org'] },
    ])
    const shown = (url: string) => credentialsFor(new URL(url))
    expect(shown('https://git.example.org/x.tar.gz')).toEqual(want)
    expect(shown('https://GIT.example.org:443/x')).toEqual(want)
    for (const url of [
      'http://git.example.org/x',
      'https://git.example.org:8443/x',
      'https://example.org/x',
      'https://git.example.org.evil.example/x',
      'https://evil.example/git.example.org',
    ])
      expect(shown(url)).toEqual({})
  })

  it('is in no text of this process from then on, however it is written', async () => {
    await openSecrets([await planted()])
    const written = [VALUE, encodeURIComponent(VALUE), Buffer.from(VALUE).toString('base64')]
    const text = `said ${written.join(' and ')}`
    const error = new MillraceError('USAGE', { what: text, why: text, fix: text })
    const shown = [
      redactText(text),
      redactUrl(`https://x.example/${VALUE}?a=${VALUE}`),
      JSON.stringify(error),
      error.message,
      formatError(error),
      formatError(new Error(text)),
      JSON.stringify(dataWithoutSecrets({ type: 'notice.raised', text, more: [{ deep: text }] })),
    ].join('\n')
    for (const one of written) expect(shown).not.toContain(one)
    expect(shown).toContain('said …')
  })
})

const reason = await whyNoBuilds()
if (reason !== '') console.warn(`tests of secrets in builds${reason}`)

describe.skipIf(reason !== '')(`a secret that a source needs${reason}`, () => {
  it('is shown to the host and found nowhere: not in data, log, package, plan, event, snapshot, or any process', async () => {
    await using mill = await openTinyMill()
    const data = join(mill.f.sandboxDirectory, '..')
    const secrets = await openSecrets([await planted()])
    const services = {
      ...{
        store: mill.f.store,
        http: openHttp({ attempts: 1 }),
        hosts: openHostMemory(fixedClock(0)),
        mirrors: [],
      },
      ...{ dataDirectory: data, emit: mill.f.emit, credentials: secrets.credentialsFor },
    }
    const never = new AbortController().signal
    const wanted = { sha256: digestHex(digestOf(SOURCE)), name: 'source' }
    const fetch = (path: string, sha256 = wanted.sha256) =>
      fetchSource(services, { ...wanted, sha256, uri: `https://${hosts.own}${path}` }, never)

    // To another host, even one that would take it, no redirect carries it.
    await expect(fetch('/away')).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' })
    expect(asked.map(({ authorization }) => authorization)).toEqual([`Bearer ${VALUE}`, undefined])
    const { digest } = await fetch('/source')
    // A host that repeats it gets it into quarantine at most: nothing takes the bytes of another digest in.
    await expect(fetch('/echo', digestHex(digestOf('x')))).rejects.toMatchObject({
      code: 'SOURCE_DIGEST_MISMATCH',
    })
    await rm(join(data, 'quarantine'), { recursive: true })

    const place = `sha256:${digestHex(digest)}`
    const source = {
      kind: 'fetch',
      uri: `https://${hosts.own}/source`,
      place,
      sha256: digestHex(digest),
    } as const
    const more = { sources: [{ ...source, sha512: '', inputs: {} }] }
    const look =
      'export -p; cat /proc/*/environ /proc/*/cmdline 2>/dev/null; cat /var/cache/melange/* > "$OUT/source"'
    const plan = (...scripts: string[]) => tinyPlan(mill, [tinyOutput('tiny', scripts)], more)
    const failedBuilds = { directory: join(data, 'failed-builds'), maxCount: 5, maxBytes: 1e9 }
    const f = { ...mill.f, failedBuilds }
    const order = (one: ReturnType<typeof plan>) =>
      mill.order(one, { sourceFiles: new Map([[place, digest]]) })
    const seen: string[] = []
    const watch = watchProcesses(seen)
    const built = await buildPackages(f, order(plan(look, 'sleep 1')), never)
    const failed = await buildPackages(f, order(plan(look, 'sleep 1; exit 1')), never)
    await watch()
    const log = openBuildLog(mill.f.store)
    log.line(`a program that says ${VALUE}`)
    log.note(`and us ${VALUE}`)
    await log.finish()

    expect(built.status).toBe('built')
    expect(failed).toMatchObject({ status: 'failed', snapshot: expect.any(String) })
    if (built.status === 'built' && built.packages[0] !== undefined)
      expect(await mill.filesOf(built.packages[0])).toMatchObject({ source: SOURCE })
    expect(seen.some((text) => text.includes('bwrap'))).toBe(true)
    const forms = [VALUE, Buffer.from(VALUE).toString('base64')]
    for (const form of forms) {
      expect(seen.filter((text) => text.includes(form))).toEqual([])
      expect(JSON.stringify(mill.events)).not.toContain(form)
      expect(formatPlan(plan(look))).not.toContain(form)
      expect(await filesWith(data, form)).toEqual([])
    }
    expect(await filesWith(data, SOURCE)).not.toEqual([])
  })
})

/** Keeps what every process of this machine shows of its arguments and variables, until the returned function is called. */
function watchProcesses(seen: string[]): () => Promise<void> {
  let over = false
  const watching = (async () => {
    while (!over) {
      // A process may end, or be another user's.
      for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)))
        for (const name of ['cmdline', 'environ'])
          seen.push(await readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => ''))
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  })()
  return async () => {
    over = true
    await watching
  }
}

/** Files below a directory that hold a text in their bytes. */
async function filesWith(directory: string, text: string): Promise<string[]> {
  const found = await runCommand({
    program: 'grep',
    args: [
      '--recursive',
      '--binary-files=text',
      '--files-with-matches',
      '--fixed-strings',
      '-e',
      text.trim(),
      directory,
    ],
  })
  return found.stdout.split('\n').filter((line) => line !== '')
}
