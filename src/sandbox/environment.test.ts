// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ApkContent, writeApkData, writeApkHead } from '../apk/index.ts'
import { chunksOf } from '../archive/index.ts'
import { digestOf, makeTempDirectory, runCommand, type TempDirectory } from '../base/index.ts'
import {
  type EnvironmentPackage,
  openSandbox,
  openTreeStore,
  prepareEnvironment,
  probeSandbox,
  type TreeStore,
} from './index.ts'

const probe = await probeSandbox({ exec: runCommand })
const loader = await shellFiles()
const reason =
  probe.status !== 'ready' ? ` (skipped: ${probe.reason})` : loader === null ? ' (skipped: no ldd)' : ''
if (reason !== '') console.warn(`environment tests${reason}`)

const identity = { uid: 1000, gid: 1000, hostname: 'build' }
let temp: TempDirectory
let trees: TreeStore
beforeEach(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-environment')
  trees = await openTreeStore({ exec: runCommand }, at('trees'))
})
afterEach(() => temp[Symbol.asyncDispose]())

const at = (path: string) => join(temp.path, path)
const prepare = (packages: readonly EnvironmentPackage[], as = identity) =>
  prepareEnvironment(
    { exec: runCommand, trees, topsDirectory: at('tops'), workDirectory: at('work') },
    packages,
    as,
  )

/** A path ending in `/` is a directory, a text beginning with `-> ` a symbolic link. */
async function makePackage(
  name: string,
  files: Readonly<Record<string, string | Uint8Array>>,
  mode = 0o755,
): Promise<EnvironmentPackage & { readonly bytes: Uint8Array }> {
  const entries = new Map<string, ApkContent>()
  const add = (path: string, type: ApkContent['type'], body: Uint8Array, linkTarget: string, bits: number) =>
    entries.set(path, {
      ...{ path, type, mode: bits, sizeBytes: type === 'file' ? body.length : 0, linkTarget },
      open: () => chunksOf(body),
    })
  for (const [path, content] of Object.entries(files)) {
    const parts = path.split('/').slice(0, -1)
    for (let depth = 1; depth <= parts.length; depth++)
      add(parts.slice(0, depth).join('/'), 'directory', Buffer.alloc(0), '', 0o755)
    if (path.endsWith('/')) continue
    const link = typeof content === 'string' && content.startsWith('-> ') ? content.slice(3) : ''
    add(path, link === '' ? 'file' : 'symlink', Buffer.from(content), link, link === '' ? mode : 0o777)
  }
  const parts: Uint8Array[] = []
  const data = await writeApkData([...entries.values()], 0, async (bytes) => void parts.push(bytes))
  const info = {
    ...{ name, version: '1.0-r0', arch: 'x86_64', origin: name, description: '', url: '', commit: '' },
    ...{ maintainer: '', buildTimeSec: 0, licenses: [], depends: [], provides: [], installIf: [] },
    ...{ replaces: [], providerPriority: 0, replacesPriority: 0, triggers: [], comments: [] },
  }
  const signer = { publicKeyName: 'x.rsa.pub', sign: async () => Buffer.from('x') }
  const head = await writeApkHead(info, data, [], signer)
  const bytes = Buffer.concat([head.bytes, ...parts])
  return { name, version: info.version, datahash: data.datahash, open: () => chunksOf(bytes), bytes }
}

/** The host's own shell and loader, as a package of the usr-merged kind. */
async function shellFiles(): Promise<Record<string, string | Uint8Array> | null> {
  const { stdout, code } = await runCommand({ program: 'sh', args: ['-c', 'ldd /bin/sh /bin/cat'] })
  if (code !== 0) return null
  const files: Record<string, string | Uint8Array> = {}
  const programs = ['/usr/bin/sh', '/usr/bin/cat', '/usr/sbin/ldconfig'].filter((path) => existsSync(path))
  const libraries = [...stdout.matchAll(/(\/lib\S+) \(0x/g)].map(([, path = '']) => `/usr${path}`)
  for (const path of new Set([...programs, ...libraries])) files[path.slice(1)] = await readFile(path)
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) files[name] = `-> usr/${name}`
  return files
}

describe('package trees', () => {
  const files = { 'usr/bin/tool': '#!', 'usr/lib/libx.so': '-> libx.so.1', 'etc/x': 'x' }

  it('are unpacked once, without setuid bits, owned by the current user', async () => {
    const one = await makePackage('one', files, 0o4755)
    let opened = 0
    const ensure = () =>
      trees.ensure(one.datahash, 'unpacking one', () => {
        opened++
        return one.open()
      })
    const [place, again] = await Promise.all([ensure(), ensure()])
    expect([again, await ensure(), opened]).toEqual([place, place, 1])
    expect(place).toBe(at(`trees/${one.datahash.slice(7)}`))
    expect((await lstat(join(place, 'usr/bin/tool'))).mode & 0o7777).toBe(0o755)
    expect(await readlink(join(place, 'usr/lib/libx.so'))).toBe('libx.so.1')
    const other = await openTreeStore({ exec: runCommand }, at('trees'))
    expect(await other.ensure(one.datahash, 'unpacking one', () => chunksOf(Buffer.from('')))).toBe(place)
  })

  it('are whole or not there at all', async () => {
    const one = await makePackage('one', files)
    const cut = () => chunksOf(one.bytes.subarray(0, one.bytes.length - 20))
    await expect(trees.ensure(one.datahash, 'unpacking one', cut)).rejects.toMatchObject({
      code: expect.stringMatching(/^(APK|ARCHIVE)_INVALID$/),
    })
    expect(await readdir(at('trees'))).toEqual([])
    await trees.ensure(one.datahash, 'unpacking one', () => one.open())
    expect(await readdir(at('trees'))).toHaveLength(1)
  })

  it('are not taken from another package', async () => {
    const one = await makePackage('one', files)
    const asked = trees.ensure(digestOf('another'), 'unpacking one', () => one.open())
    await expect(asked).rejects.toMatchObject({ code: 'APK_INVALID' })
    expect(await readdir(at('trees'))).toEqual([])
  })

  it('that two processes unpack at once are kept once', async () => {
    const one = await makePackage('one', files)
    const other = await openTreeStore({ exec: runCommand }, at('trees'))
    const places = await Promise.all(
      [trees, other].map((store) => store.ensure(one.datahash, 'unpacking one', () => one.open())),
    )
    expect(new Set(places).size).toBe(1)
    expect(await readdir(at('trees'))).toHaveLength(1)
  })
})

describe.skipIf(reason !== '')(`an environment${reason}`, () => {
  const shell = () => makePackage('shell', loader ?? {})

  it('is the packages in their order, with users, no names, and the loader’s cache on top', async () => {
    const low = await makePackage('low', { 'etc/who': 'low\n', 'etc/passwd': 'mallory:x:0:0\n' })
    const high = await makePackage('high', { 'etc/who': 'high\n' })
    const { layers } = await prepare([await shell(), low, high])
    expect(layers).toHaveLength(4)
    await using sandbox = await openSandbox(
      { exec: runCommand },
      {
        ...{ layers, workDirectory: at('sandbox'), mounts: [], identity },
        environment: { PATH: '/usr/bin' },
      },
    )
    const script = 'cat /etc/who /etc/passwd /etc/group /etc/hosts /etc/resolv.conf; echo ~; echo x > /tmp/x'
    const outcome = await sandbox.run({ script, directory: '/home/build' })
    expect(outcome).toMatchObject({ status: 'exited', code: 0 })
    expect(outcome.lastLines).toEqual([
      'high',
      'root:x:0:0:root:/root:/bin/sh',
      'build:x:1000:1000:build:/home/build:/bin/sh',
      'nobody:x:65534:65534:nobody:/:/bin/false',
      'root:x:0:',
      'build:x:1000:build',
      'nogroup:x:65534:',
      '127.0.0.1 localhost build',
      '::1 localhost',
      expect.stringMatching(/^(\/home\/build|~)$/),
    ])
    const top = layers.at(-1) ?? ''
    if (existsSync('/usr/sbin/ldconfig'))
      expect(await readFile(join(top, 'etc/ld.so.cache'), 'latin1')).toContain('libc.so.6')
    expect((await lstat(join(top, 'tmp'))).mode & 0o7777).toBe(0o1777)
  })

  it('takes one tree once, though several packages have it, and where the last of them stands', async () => {
    const packages = await Promise.all([
      makePackage('shell', loader ?? {}),
      makePackage('meta-one', {}),
      makePackage('files', { 'usr/share/x': 'x' }),
      makePackage('meta-two', {}),
    ])
    const { layers } = await prepare(packages)
    expect(layers.slice(0, -1).map((layer) => basename(layer))).toEqual(
      [packages[0], packages[2], packages[3]].map((one) => one?.datahash.slice('sha256:'.length)),
    )
  })

  it('says what is installed, and what each package brought, where there is an apk to ask', async () => {
    const database = async (packages: readonly EnvironmentPackage[]) =>
      join((await prepare(packages)).layers.at(-1) ?? '', 'usr/lib/apk/db/installed')
    const tool = await makePackage('tool', { 'usr/bin/tool': '#!', 'usr/share/tool/link': '-> data' })
    const apk = await makePackage('apk-tools', { 'usr/bin/apk': '#!' })
    const text = await readFile(await database([await shell(), tool, apk]), 'utf8')
    const names = [...text.matchAll(/^P:(.*)$/gm)].map(([, name]) => name)
    expect(names).toEqual(['shell', 'tool', 'apk-tools'])
    const [, own = ''] = /^P:tool\n(.*?)\n\n/ms.exec(text) ?? []
    const listed = own.split('\n').filter((line) => /^[VFRa]:/.test(line))
    expect(listed).toEqual([
      'V:1.0-r0',
      ...['F:usr', 'F:usr/bin', 'R:tool', 'a:0:0:0755', 'F:usr/share', 'F:usr/share/tool', 'R:link'],
      'a:0:0:0777',
    ])
    expect(existsSync(await database([await shell(), tool]))).toBe(false)
  })

  it('is made once for a list of packages and an identity', async () => {
    const packages = [await shell()]
    const first = await prepare(packages)
    const mounted: string[] = []
    const watched = await prepareEnvironment(
      {
        exec: (command, options) => {
          mounted.push(command.program)
          return runCommand(command, options)
        },
        ...{ trees, topsDirectory: at('tops'), workDirectory: at('work') },
      },
      packages,
      identity,
    )
    expect([watched, mounted]).toEqual([first, []])
    const varied = { uid: 4321, gid: 4321, hostname: 'elsewhere' }
    expect((await prepare(packages, varied)).key).not.toBe(first.key)
    expect((await prepare([...packages, await makePackage('x', { 'etc/x': '' })])).key).not.toBe(first.key)
    expect(await readdir(at('work'))).toEqual([])
  })

  it('without a shell is refused, and says what to add', async () => {
    const asked = prepare([await makePackage('lonely', { 'etc/x': '' })])
    await expect(asked).rejects.toMatchObject({
      code: 'SANDBOX_FAILED',
      what: 'preparing an environment of lonely-1.0-r0',
      why: expect.stringContaining('/bin/sh'),
      fix: expect.stringContaining('busybox, bash or dash'),
    })
    expect([await readdir(at('tops')), await readdir(at('work'))]).toEqual([[], []])
  })
})
