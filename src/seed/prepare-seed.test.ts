// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ApkSigner, indexRepositories, solveWorld } from '../apk/index.ts'
import { TAR_END, tarEntry, tarHeader, tarPadding } from '../archive/index.ts'
import {
  type Command,
  type EventBody,
  type Exec,
  type Exited,
  makeTempDirectory,
  runCommand,
  type TempDirectory,
} from '../base/index.ts'
import { loadKeys } from '../keys/index.ts'
import { type BlobStore, openBlobDirectory } from '../store/index.ts'
import { parseSeedSpec, prepareSeed, type SeedServices, type SeedSpec } from './index.ts'

let keys: TempDirectory
let signer: ApkSigner
beforeAll(async () => {
  keys = await makeTempDirectory(tmpdir(), 'millrace-seed-keys')
  signer = (await loadKeys(join(keys.path, 'keys'))).apk
})
afterAll(() => keys[Symbol.asyncDispose]())

let temp: TempDirectory
let store: BlobStore
let services: Omit<SeedServices, 'exec'>
beforeEach(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-seed')
  store = await openBlobDirectory(join(temp.path, 'blobs'))
  services = { store, signer, dataDirectory: temp.path, proxies: {}, arch: 'x86_64' }
})
afterEach(() => temp[Symbol.asyncDispose]())

const specOf = (names: string, leave = '[]'): SeedSpec =>
  parseSeedSpec(
    `suite: trixie\narchitectures: {x86_64: amd64}\nleave: ${leave}\nnames: ${names}\nbaselayout: {directories: {}, links: {}, files: {}}`,
    'seed.yaml',
  )
const spec = specOf('{shell: [sh], tools: [sh, ed]}', '[debconf]')
const prepare = (exec: Exec, wanted = spec, more: Partial<SeedServices> = {}) =>
  prepareSeed({ ...services, exec, ...more }, wanted, new AbortController().signal)

/** A package with one program. */
function deb(name: string, text: string): Buffer {
  const body = Buffer.from(text)
  const entry = tarEntry({ path: `./bin/${name}`, type: 'file', mode: 0o755, sizeBytes: body.length })
  const data = gzipSync(Buffer.concat([tarHeader(entry), body, tarPadding(body.length), TAR_END]))
  const header = `${'data.tar.gz'.padEnd(48)}${String(data.length).padEnd(10)}\`\n`
  return Buffer.concat([Buffer.from(`!<arch>\n${header}`), data, Buffer.alloc(data.length % 2)])
}

interface Offered {
  readonly version?: string
  readonly depends?: string
  readonly bytes: Buffer
}

/** An apt with an archive of its own. What stands in `gone` is in its index but cannot be fetched. */
class FakeApt {
  offered: Record<string, Offered> = {
    sh: { depends: 'libc (>= 1), debconf', bytes: deb('sh', 'shell') },
    ed: { depends: 'sh', bytes: deb('ed', 'editor') },
    libc: { bytes: deb('ldconfig', 'library') },
    debconf: { depends: 'perl', bytes: deb('debconf', 'no') },
    perl: { bytes: deb('perl', 'no') },
  }
  readonly gone = new Set<string>()
  readonly started: string[] = []

  readonly exec: Exec = async (command, options) => {
    if (options?.signal?.aborted) return { ...ended(''), code: null, cancelled: true }
    const { program, args } = command
    this.started.push([program, args[0]].join(' '))
    if (program === 'apt-config') return ended(await this.#config(args))
    if (program === 'apt-get' && args[0] === 'update') return ended('')
    if (program === 'apt-get' && args[0] === 'install') return ended(this.#uris())
    if (program === 'apt-cache') return ended(this.#show())
    if (program.endsWith('apt-helper')) return this.#download(command)
    return runCommand(command, options)
  }

  async #config(args: readonly string[]): Promise<string> {
    if (args[0] === 'dump') return ''
    const list = join(temp.path, 'sources.list')
    await writeFile(list, 'deb http://mirror.example/debian trixie main\n')
    return `LIST='${list}'\nPARTS=''\n`
  }

  #uris(): string {
    const line = ([name, { version = '1' }]: [string, Offered]) =>
      `'http://mirror.example/${name}.deb' ${name}_${version}_amd64.deb 1 SHA256:0\n`
    return Object.entries(this.offered).map(line).join('')
  }

  #show(): string {
    const stanza = ([name, { version = '1', depends = '', bytes }]: [string, Offered]) =>
      `Package: ${name}\nVersion: ${version}\nDepends: ${depends}\nSHA256: ${sha256(bytes)}\nSize: ${bytes.length}\n`
    return Object.entries(this.offered).map(stanza).join('\n')
  }

  /** In order, until one fails, as apt-helper does. */
  async #download({ args }: Command): Promise<Exited> {
    for (let at = 1; at < args.length; at += 3) {
      const [uri = '', path = ''] = args.slice(at)
      const name = /([^/]+)\.deb$/.exec(uri)?.[1] ?? ''
      if (this.gone.has(name)) return ended('', 100)
      await writeFile(path, this.offered[name]?.bytes ?? '')
    }
    return ended('')
  }
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const ended = (stdout: string, code = 0): Exited => ({
  ...{ code, signal: null, stdout, stderr: '', durationMs: 1 },
  ...{ timedOut: false, cancelled: false, truncated: false },
})
const noProgram: Exec = async ({ program }) => {
  throw new Error(`${program} was started`)
}
const namesOf = (packages: Awaited<ReturnType<typeof prepare>>) => packages.map(({ record }) => record.name)

describe('the seed', () => {
  it('is not fetched offline, and says what is missing', async () => {
    const exec: Exec = async ({ program }) => {
      throw new Error(`${program} was started`)
    }
    await expect(prepare(exec, spec, { offline: true })).rejects.toMatchObject({
      code: 'OFFLINE',
      why: 'its packages were never chosen, and --offline forbids the network',
    })
  })

  it('is what was wanted and what that needs, without what only left-out packages need, in one order', async () => {
    const events: EventBody[] = []
    const packages = await prepare(new FakeApt().exec, spec, { emit: (event) => void events.push(event) })
    expect(namesOf(packages)).toEqual(['ed', 'libc', 'sh', 'seed-baselayout', 'tools'])
    expect(packages.map(({ record }) => record.depends)).toEqual([
      ['seed-baselayout', 'sh'],
      ['seed-baselayout'],
      ['libc', 'seed-baselayout'],
      [],
      ['ed', 'sh'],
    ])
    expect(packages.map(({ record }) => record.provides)).toEqual([
      ['cmd:ed'],
      ['cmd:ldconfig'],
      ['cmd:sh', 'shell'],
      [],
      [],
    ])
    expect(events.at(-1)).toEqual({
      type: 'task.progressed',
      task: 'seed',
      done: 5,
      total: 5,
      unit: 'packages',
    })
  })

  it('solves the names that recipes use', async () => {
    const packages = await prepare(new FakeApt().exec)
    const index = indexRepositories([{ name: 'seed', packages: packages.map(({ record }) => record) }])
    const solution = solveWorld(index, ['tools', 'shell'])
    expect(solution.status === 'solved' && solution.packages.map(({ record }) => record.name)).toEqual([
      ...['seed-baselayout', 'libc', 'sh', 'ed', 'tools'],
    ])
  })

  it('that was prepared before starts no program', async () => {
    const packages = await prepare(new FakeApt().exec)
    expect(await prepare(noProgram)).toEqual(packages)
  })

  it('keeps its versions, though the archive has newer ones, until something else is wanted', async () => {
    const apt = new FakeApt()
    const before = await prepare(apt.exec)
    apt.offered = { ...apt.offered, ed: { version: '2', bytes: deb('ed', 'newer') } }
    expect(await prepare(apt.exec)).toEqual(before)
    const after = await prepare(apt.exec, specOf('{shell: [sh], tools: [sh, ed], more: [libc]}', '[debconf]'))
    expect(after.find(({ record }) => record.name === 'ed')?.deb?.version).toBe('2')
  })

  it('makes only those anew that a change touches', async () => {
    const apt = new FakeApt()
    const before = await prepare(apt.exec)
    apt.started.length = 0
    const after = await prepare(apt.exec, { ...spec, links: { ed: { 'usr/bin/red': 'ed' } } })
    expect(apt.started.filter((line) => line.startsWith('gzip'))).toHaveLength(1)
    expect(apt.started.filter((line) => line.includes('download'))).toEqual([])
    const changed = after.filter(({ file }, index) => file !== before[index]?.file)
    expect(namesOf(changed)).toEqual(['ed'])
  })

  it('makes lost and damaged packages again, the same to the byte', async () => {
    const apt = new FakeApt()
    const before = await prepare(apt.exec)
    const { file, deb: of } = before[0] ?? {}
    if (file === undefined || !of) throw new Error('the first package is Debian’s')
    await store.remove(file)
    await store.remove(of.digest)
    expect(await prepare(apt.exec)).toEqual(before)
    await writeFile(join(temp.path, 'seed', 'made.json'), '[[')
    for (const name of await readdir(join(temp.path, 'seed')))
      if (name.startsWith('lock-')) await writeFile(join(temp.path, 'seed', name), '{')
    expect(await prepare(apt.exec)).toEqual(before)
  })

  it('of which a file has left the archive is chosen anew', async () => {
    const apt = new FakeApt()
    const [ed] = await prepare(apt.exec)
    if (!ed?.deb) throw new Error('the first package is Debian’s')
    await store.remove(ed.file)
    await store.remove(ed.deb.digest)
    apt.offered = { ...apt.offered, ed: { version: '2', bytes: deb('ed', 'newer') } }
    const after = await prepare(apt.exec)
    expect(after[0]?.deb?.version).toBe('2')
  })

  it('of which a file cannot be had says which, and keeps the others', async () => {
    const apt = new FakeApt()
    apt.gone.add('ed')
    await expect(prepare(apt.exec)).rejects.toMatchObject({
      code: 'SEED_FAILED',
      why: expect.stringContaining('ed 1'),
    })
    apt.gone.clear()
    apt.started.length = 0
    await prepare(apt.exec)
    expect(apt.started.filter((line) => line.startsWith('gzip'))).toHaveLength(1)
  })

  it('that the disk has no room for says so, and not that the archive lacks it', async () => {
    const apt = new FakeApt()
    const stderr = 'E: Failed to fetch a.deb  Error writing to file - write (28: No space left on device)\n'
    const exec: Exec = async (command, options) =>
      command.program.endsWith('apt-helper')
        ? { ...ended('', 100), stderr }
        : await apt.exec(command, options)
    await expect(prepare(exec)).rejects.toMatchObject({
      code: 'DISK_FULL',
      why: expect.stringContaining('No space left on device'),
    })
  })

  it('of which a package is broken says so, and keeps the others', async () => {
    const apt = new FakeApt()
    const whole = apt.offered
    apt.offered = { ...whole, ed: { bytes: Buffer.from('!<arch>\n') } }
    await expect(prepare(apt.exec)).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      what: 'converting ed 1',
    })
    const made = JSON.parse(await readFile(join(temp.path, 'seed', 'made.json'), 'utf8')) as unknown[]
    expect(made.length).toBeLessThan(5)
  })

  it('does not take other bytes than the index names', async () => {
    const apt = new FakeApt()
    const exec: Exec = async (command, options) => {
      const exited = await apt.exec(command, options)
      if (command.args[0] === 'download-file') await writeFile(command.args[2] ?? '', 'other bytes')
      return exited
    }
    await expect(prepare(exec)).rejects.toMatchObject({ code: 'SEED_FAILED' })
  })

  it.each([
    ['an unknown package', 'E: Unable to locate package'],
    ['nothing', ''],
  ])('that apt cannot resolve passes on its words: %s', async (_, stderr) => {
    const apt = new FakeApt()
    const exec: Exec = async (command, options) =>
      command.args[0] === 'install' ? { ...ended('', 100), stderr } : apt.exec(command, options)
    await expect(prepare(exec)).rejects.toMatchObject({
      code: 'SEED_FAILED',
      why: expect.stringContaining(stderr),
    })
  })

  it('for an architecture that the description does not name is refused', async () => {
    await expect(prepare(new FakeApt().exec, spec, { arch: 'riscv64' })).rejects.toMatchObject({
      code: 'SEED_FAILED',
      what: 'preparing the seed for riscv64',
    })
  })

  it('ends with the wish for it', async () => {
    const cancelled = AbortSignal.abort()
    await expect(
      prepareSeed({ ...services, exec: new FakeApt().exec }, spec, cancelled),
    ).rejects.toMatchObject({
      code: 'CANCELLED',
    })
  })
})

describe('the seed from Debian’s archive', () => {
  it('is fetched by the machine’s own apt, and then from here', { timeout: 180_000 }, async ({ skip }) => {
    const proxies = Object.fromEntries(
      Object.entries(process.env).flatMap(([name, value]) =>
        /^(https?|no)_proxy$/i.test(name) && value !== undefined ? [[name, value]] : [],
      ),
    )
    const small = specOf(
      '{iana-etc: [netbase], ncurses-terminfo-base: [ncurses-base], both: [netbase, ncurses-base]}',
    )
    const packages = await prepare(runCommand, small, { proxies }).catch((error: unknown) => {
      console.warn(`skipped: the seed cannot be fetched here: ${String(error)}`)
      return skip(String(error))
    })
    expect(namesOf(packages)).toEqual(['ncurses-base', 'netbase', 'seed-baselayout', 'both'])
    expect(packages[1]?.record.provides).toContain('iana-etc')
    expect(await prepare(noProgram, small)).toEqual(packages)
  })
})
