// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { chmod, lstat, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  openTinyMill,
  storeTree,
  type TinyMill,
  tinyOutput,
  tinyPlan,
  whyNoBuilds,
} from '../../test/support/tiny-mill.ts'
import { openApk } from '../apk/index.ts'
import { digestOf, digestOfFile } from '../base/index.ts'
import type { BuildPlan } from '../plan/index.ts'
import { sweepSandboxes } from '../sandbox/index.ts'
import {
  type BuildOrder,
  type BuildOutcome,
  type BuiltApk,
  buildPackages,
  FIRST,
  failureOf,
  SECOND,
} from './index.ts'

const reason = await whyNoBuilds()
if (reason !== '') console.warn(`build tests${reason}`)

let mill: TinyMill
beforeAll(async () => {
  if (reason === '') mill = await openTinyMill()
})
afterAll(() => mill?.[Symbol.asyncDispose]())

const never = new AbortController().signal
const build = (plan: BuildPlan, more: Partial<BuildOrder> = {}) =>
  buildPackages(mill.f, mill.order(plan, more), never)
const planOf = (...scripts: string[]) => tinyPlan(mill, [tinyOutput('tiny', scripts)])

async function built(plan: BuildPlan, more: Partial<BuildOrder> = {}): Promise<readonly BuiltApk[]> {
  const outcome = await build(plan, more)
  if (outcome.status === 'built') return outcome.packages
  throw new Error(`${outcome.step} ${outcome.why}\n${await mill.text(outcome.log)}`)
}

async function failed(outcome: Promise<BuildOutcome>) {
  const value = await outcome
  if (value.status === 'built') throw new Error('it was built')
  expect(await mill.leftovers()).toEqual([])
  return value
}

describe.skipIf(reason !== '')(`a build${reason}`, () => {
  const two = () =>
    tinyPlan(
      mill,
      [
        tinyOutput(
          'tiny',
          [
            'mkdir -p "$OUT/usr/bin" "$OUT/usr/share"; printf "#!/usr/bin/env bash\\necho hi\\n" > "$OUT/usr/bin/hi"; chmod 755 "$OUT/usr/bin/hi"',
            'ln "$OUT/usr/bin/hi" "$OUT/usr/bin/ho"; ln -s hi "$OUT/usr/bin/hey"; cat notes/read.me > "$OUT/usr/share/note"; notes/run >> "$OUT/usr/share/note"',
          ],
          {
            scriptlets: {
              ...tinyOutput('x', []).scriptlets,
              trigger: { script: '#!/bin/sh\ntrue\n', paths: ['/usr/share/x', '/usr/lib/*'] },
              'post-install': '#!/bin/sh\nexit 0\n',
            },
            setcap: [
              { path: '/usr/bin/hi', add: { 'cap_net_bind_service,cap_net_raw': '+ep' }, reason: 'ports' },
            ],
          },
        ),
        tinyOutput('tiny-doc', ['mkdir "$OUT/doc"; mv /home/build/melange-out/tiny/usr/share "$OUT/doc"'], {
          isMain: false,
        }),
        tinyOutput('tiny-empty', [], {
          isMain: false,
          dependencies: { ...tinyOutput('x', []).dependencies, runtime: ['tiny'] },
        }),
      ],
      { files: [fileOf('notes/read.me', 'read me\n'), fileOf('notes/run', '#!/bin/sh\necho ran\n', true)] },
    )
  const contents = new Map<string, string>()
  const fileOf = (path: string, text: string, executable = false) => {
    contents.set(path, text)
    return { path, digest: digestOf(text), executable }
  }

  it('makes signed packages of what its steps leave, and tells its steps', async () => {
    const plan = two()
    for (const text of contents.values()) await mill.f.store.putBytes(text)
    mill.events.length = 0
    const [main, doc, empty] = await built(plan)
    expect(await mill.filesOf(main as BuiltApk)).toMatchObject({
      'usr/bin/hi': '#!/usr/bin/env bash\necho hi\n',
      'usr/bin/ho': 'hardlink',
      'usr/bin/hey': '-> hi',
      'var/lib/db/sbom': '755/',
    })
    expect(await mill.filesOf(doc as BuiltApk)).toMatchObject({ 'doc/share/note': 'read me\nran\n' })
    expect(Object.keys(await mill.filesOf(empty as BuiltApk))).toEqual([
      ...['var', 'var/lib', 'var/lib/db', 'var/lib/db/sbom'],
      'var/lib/db/sbom/tiny-empty-1.0-r0.spdx.json',
    ])
    expect(main?.record).toMatchObject({
      ...{ name: 'tiny', version: '1.0-r0', arch: 'x86_64', origin: 'tiny', maintainer: 'tiny' },
      ...{ license: 'MIT', buildTimeSec: 1_700_000_000, depends: ['cmd:bash'] },
      provides: ['cmd:hi=1.0-r0', 'cmd:ho=1.0-r0'],
    })
    expect([doc?.record.depends, empty?.record.depends]).toEqual([[], ['tiny']])
    expect(mill.events.map((event) => (event.type === 'step.started' ? event.label : event.type))).toEqual([
      ...['step 1', 'step.ended', 'step 2', 'step.ended', 'tiny-doc: step 1', 'step.ended'],
    ])
    expect(await mill.leftovers()).toEqual([])
  })

  it('puts scriptlets in the control member, capabilities on files, and the SPDX document in both places', async () => {
    const [main] = await built(two())
    const opened = await openApk(mill.f.store.read(main?.file ?? digestOf('')), 'tiny')
    expect([...opened.control].map(([name, { mode }]) => [name, mode])).toEqual([
      ['.post-install', 0o755],
      ['.trigger', 0o755],
    ])
    expect(opened.info.triggers).toEqual(['/usr/share/x', '/usr/lib/*'])
    for await (const { entry } of opened.data) {
      expect([entry.uid, entry.gid, entry.mtimeSec]).toEqual([0, 0, 1_700_000_000])
      if (entry.path !== 'usr/bin/hi') continue
      const value = Buffer.from(entry.pax.get('SCHILY.xattr.security.capability') ?? '', 'latin1')
      expect(value.toString('hex')).toBe(`01000003${'00240000'}${'00'.repeat(16)}`)
    }
    const inside = (await mill.filesOf(main as BuiltApk))['var/lib/db/sbom/tiny-1.0-r0.spdx.json']
    expect(inside).toBe(await mill.text(main?.sbom.digest ?? digestOf('')))
    expect(JSON.parse(inside ?? '')).toMatchObject({ spdxVersion: 'SPDX-2.3' })
  })

  it.each([
    ['/home/build', FIRST],
    [SECOND.workspace, SECOND],
  ])('lets the licenses in %s be judged when its steps have passed', async (workspace, variation) => {
    const outcome = await build(planOf('echo terms > LICENSE'), {
      variation,
      judgeLicenses: async (directory) => {
        const terms = (await readFile(join(directory, 'LICENSE'), 'utf8')).trim()
        return { lines: [`LICENSE: ${terms} in ${workspace}`], concluded: 'MIT' }
      },
    })
    if (outcome.status === 'failed') throw new Error(outcome.why)
    expect(await mill.text(outcome.log)).toContain(`==> license: LICENSE: terms in ${workspace}\n`)
    const sbom = JSON.parse(await mill.text(outcome.packages[0]?.sbom.digest ?? digestOf('')))
    const [root, ...others] = sbom.packages as { licenseConcluded: string }[]
    expect(root?.licenseConcluded).toBe('MIT')
    expect(others.every((one) => one.licenseConcluded === 'NOASSERTION')).toBe(true)
  })

  it('gives the same bytes when it is repeated, and under the other variation', async () => {
    const files = async (more: Partial<BuildOrder>) => (await built(two(), more)).map(({ file }) => file)
    const first = await files({ variation: FIRST })
    expect(await files({ variation: FIRST })).toEqual(first)
    expect(await files({ variation: SECOND })).toEqual(first)
  })

  it('sees what the variation says and nothing else of the host', async () => {
    const script =
      'echo "$HOME $PWD $(id -u):$(id -g) $(hostname) $LANG $TZ $OWN"; cd; export -p > names; cat names'
    const plan = tinyPlan(mill, [tinyOutput('tiny', [script])], {
      variables: { OWN: '/home/build/x /home/buildroot' },
    })
    const logOf = async (variation: BuildOrder['variation']) =>
      mill.text((await build(plan, { variation })).log)
    const first = await logOf(FIRST)
    expect(first).toContain(
      '/home/build /home/build 1000:1000 localhost C.UTF-8 UTC /home/build/x /home/buildroot\n',
    )
    expect(await logOf(SECOND)).toContain(
      '/home/rebuilder /home/rebuilder 4242:4243 rebuilder POSIX REB-14 /home/rebuilder/x /home/buildroot\n',
    )
    expect([...first.matchAll(/^export (\w+)/gm)].map(([, name]) => name)).toEqual(
      'COMPOSER_CACHE_DIR GOMODCACHE GOPATH HOME LANG OLDPWD OWN PATH PIP_CACHE_DIR PWD SHLVL SOURCE_DATE_EPOCH TZ UV_CACHE_DIR npm_config_cache'.split(
        ' ',
      ),
    )
  })

  it('uses one processor in the other variation', async () => {
    const outcome = await build(planOf('echo "processors: $(nproc)"'), { variation: SECOND })
    expect(await mill.text(outcome.log)).toContain('processors: 1\n')
  })

  it('finds its sources where the fetch step looks', async () => {
    const { digest } = await mill.f.store.putBytes('the source')
    const place = `sha256:${digest.slice(7)}`
    const source = { kind: 'fetch', uri: 'https://example.org/x', place, sha256: digest.slice(7) } as const
    const plan = tinyPlan(mill, [tinyOutput('tiny', [`cat /var/cache/melange/${place} > "$OUT/file"`])], {
      sources: [{ ...source, sha512: '', inputs: {} }],
    })
    const [one] = await built(plan, { sourceFiles: new Map([[place, digest]]) })
    expect(await mill.filesOf(one as BuiltApk)).toMatchObject({ file: 'the source' })
    await expect(build(plan)).rejects.toMatchObject({ code: 'BLOB_MISSING' })
  })

  it('says what it left that belongs to no package', async () => {
    const outcome = await build(planOf('mkdir /home/build/melange-out/tiny-deb'))
    expect(await mill.text(outcome.log)).toContain('==> melange-out/tiny-deb is left behind: no package')
  })

  it('has a log for people, without escapes and credentials', async () => {
    const outcome = await build(
      planOf('printf "\\033[31mred\\033[0m\\n"; echo https://me:secret@example.org/x; echo done'),
    )
    const log = await mill.text(outcome.log)
    expect(log).toMatch(
      /^==> building tiny-1.0-r0 at 2026-09-01T00:00:00.000Z: plan [0-9a-f]{12}, first variation .*\n==> step 1 of 1: step 1\nred\nhttps:\/\/…@example.org\/x\ndone\n==> step 1 ended with exit code 0, after [\d.]+ s\n==> built tiny-1.0-r0.apk \d+ bytes sha256:/,
    )
  })
})

/** Path → mode and digest of every file that environments are made of. */
async function layersOf(mill: TinyMill): Promise<Record<string, string>> {
  const directories = ['trees', 'tops'].map((name) => mill.f.sandboxDirectory.replace('sandboxes', name))
  const layers: Record<string, string> = {}
  for (const directory of directories)
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      const { mode } = await lstat(path)
      layers[path] = `${mode.toString(8)} ${entry.isFile() ? await digestOfFile(path) : ''}`
    }
  expect(Object.keys(layers).filter((path) => path.endsWith('/usr/bin/cat'))).toHaveLength(1)
  return layers
}

describe.skipIf(reason !== '')(`a build that goes wrong${reason}`, () => {
  const cases = [
    {
      name: 'fails',
      script: 'echo "x.c:1:2: error: no such type" >&2; echo "make: *** [all] Error 1"; exit 3',
      want: { step: 'step 1', why: 'ended with exit code 3', errorLine: 'x.c:1:2: error: no such type' },
    },
    {
      name: 'hangs',
      script: 'sleep 1000',
      more: { timeoutMs: 700 },
      want: { step: 'step 1', why: expect.stringMatching(/^was not done after 0\.\d s$/) },
    },
    {
      name: 'bombs with processes',
      script: 'f() { f | f & }; f; sleep 2; f; sleep 1000',
      more: { limits: { processes: 40 } },
      want: { step: 'step 1', why: 'wanted more than 40 processes at once' },
    },
    {
      name: 'fills the disk',
      script: 'while :; do cat /usr/bin/bash; done > big',
      more: { limits: { diskBytes: 8 * 1024 ** 2 } },
      want: { step: 'step 1', why: 'wrote more than 8.0 MiB' },
    },
    {
      name: 'says too much',
      script: 'while :; do echo 0123456789012345678901234567890123456789; done',
      more: { limits: { outputBytes: 100_000 } },
      want: { step: 'step 1', why: 'printed more than 97.7 KiB' },
    },
    {
      name: 'writes what is not its own',
      script: 'echo x > /proc/sys/kernel/hostname',
      want: { step: 'step 1', errorLine: expect.stringContaining('Read-only file system') },
    },
    {
      name: 'leaves a FIFO',
      script: 'mkdir "$OUT/run"; mkfifo "$OUT/run/pipe"',
      want: { step: null, why: expect.stringMatching(/made for tiny: run\/pipe cannot be .*FIFO/) },
    },
    {
      name: 'exchanges its output for a link',
      script: 'rm -r "$OUT"; ln -s / "$OUT"',
      want: { step: null, why: expect.stringContaining('/home/build/melange-out/tiny') },
    },
    {
      name: 'exchanges its output for a file',
      script: 'rm -r "$OUT"; echo > "$OUT"',
      want: { step: null, why: expect.stringContaining('its output is no directory') },
    },
    {
      name: 'leaves a name that apk passes over',
      script: 'echo > "$OUT/.hidden"',
      want: { step: null, why: expect.stringContaining('.hidden') },
    },
  ]
  it.each(cases)('$name: a value with step and reason, and nothing left', async ({ script, more, want }) => {
    const outcome = await failed(build(planOf(script), more as Partial<BuildOrder>))
    expect(outcome).toMatchObject({ status: 'failed', ...want })
    expect(outcome.fix).not.toBe('')
    expect(await mill.text(outcome.log)).toContain('==> failed: ')
  })

  it('fails for packages that whoever ordered it does not take, with what they say in the log', async () => {
    const seen: string[] = []
    const outcome = await failed(
      build(planOf('touch "$OUT/x"'), {
        judgePackages: async (packages) => {
          seen.push(...packages.map(({ record }) => record.name))
          const failure = { ...failureOf('it has x', 'remove x'), step: 'lint' }
          return { lines: ['x is there'], failure }
        },
      }),
    )
    expect(outcome).toMatchObject({ step: 'lint', why: 'it has x', fix: 'remove x', script: null })
    expect(seen).toEqual(['tiny'])
    expect(await mill.text(outcome.log)).toMatch(/==> x is there\n==> failed: lint it has x\n/)
  })

  it('sets capabilities on no file that is not there', async () => {
    const setcap = [{ path: '/usr/bin/no', add: { cap_net_raw: '+ep' }, reason: '' }]
    const outcome = await failed(build(tinyPlan(mill, [tinyOutput('tiny', [], { setcap })])))
    expect(outcome.why).toContain('giving capabilities to usr/bin/no of tiny')
  })

  it('writes nowhere but in its own root: not on the host, not in the layers, not in the package', async () => {
    await built(planOf('true'))
    const before = await layersOf(mill)
    const outside = mill.f.sandboxDirectory.replace('sandboxes', 'outside')
    const [one] = await built(
      planOf(
        `mkdir -p ${outside} /usr/x; echo x > ${outside}/f; echo x > /tmp/f; echo x >> /usr/bin/cat; chmod 700 /usr/bin/ls; rm /usr/bin/tail; cat ${outside}/f > "$OUT/own"`,
      ),
    )
    const { own, ...more } = await mill.filesOf(one as BuiltApk)
    expect(own).toBe('x\n')
    expect(Object.keys(more).filter((path) => !/^var(\/lib(\/db(\/sbom.*)?)?)?$/.test(path))).toEqual([])
    await expect(readdir(outside)).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await layersOf(mill)).toEqual(before)
    const [again] = await built(planOf('ls /usr > "$OUT/usr"; ls /tmp | tail > "$OUT/tmp"'))
    expect(await mill.filesOf(again as BuiltApk)).toMatchObject({
      usr: expect.not.stringMatching(/^x$/m),
      tmp: '',
    })
  })

  it('stops when it is told to, and leaves no more than files to be swept', async () => {
    const stopper = new AbortController()
    const order = mill.order(planOf('echo going; sleep 1000'))
    const f = { ...mill.f, emit: () => stopper.abort() }
    await expect(buildPackages(f, order, stopper.signal)).rejects.toMatchObject({ code: 'CANCELLED' })
    await expect(buildPackages(mill.f, order, stopper.signal)).rejects.toMatchObject({ code: 'CANCELLED' })
    await (await sweepSandboxes(mill.f, mill.f.sandboxDirectory)).removed
    expect(await mill.leftovers()).toEqual([])
  })

  it('is not begun with a damaged package: that is told as such, and put aside', async () => {
    const long = randomBytes(2 ** 20).toString('hex')
    const { datahash, file } = await storeTree(mill.f, 'damaged', { 'usr/share/damaged': long })
    const path = await mill.f.store.localPath(file)
    const bytes = await readFile(path)
    bytes.fill(0, 100_000, 100_500)
    await chmod(path, 0o644)
    await writeFile(path, bytes)
    const damaged = { name: 'damaged', version: '1-r0', datahash, from: 'distro' as const }
    const plan = { ...planOf('true'), environment: [...mill.environment, damaged] }
    const packageFiles = new Map([...mill.packageFiles, [datahash, file]])
    await expect(build(plan, { packageFiles })).rejects.toMatchObject({ code: 'BLOB_CORRUPT' })
    expect(await mill.f.store.has(file)).toBe(false)
    expect(await mill.leftovers()).toEqual([])
  })

  it('is not begun with a file outside its workspace, or a package that is not there', async () => {
    const hostile = { ...planOf('true'), files: [{ path: '../x', digest: digestOf(''), executable: false }] }
    await expect(build(hostile)).rejects.toMatchObject({ code: 'PLAN_INVALID' })
    await expect(build(planOf('true'), { packageFiles: new Map() })).rejects.toMatchObject({
      code: 'BLOB_MISSING',
      why: expect.stringContaining('shell-1-r0'),
    })
    expect(await mill.leftovers()).toEqual([])
  })
})
