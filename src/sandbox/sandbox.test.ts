// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { chmod, lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTempDirectory, runCommand, startDaemon, type TempDirectory } from '../base/index.ts'
import {
  describeOutcome,
  openSandbox,
  probeSandbox,
  removeSandbox,
  type SandboxCommand,
  type SandboxOptions,
  type SandboxRun,
  sweepSandboxes,
  walkTree,
} from './index.ts'

const f = { exec: runCommand }
const probe = await probeSandbox(f)
const reason = probe.status === 'ready' ? '' : ` (skipped: ${probe.reason})`
if (reason !== '') console.warn(`sandbox tests${reason}`)

let temp: TempDirectory
let count = 0

/** Links into the host's own programs, which are mounted read-only: enough of a system to run a shell. */
async function makeLayer(root: string): Promise<void> {
  for (const name of ['proc', 'dev', 'tmp', 'home/build', 'usr', 'etc', 'var'])
    await mkdir(join(root, name), { recursive: true })
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) await symlink(`usr/${name}`, join(root, name))
  await writeFile(join(root, 'etc/below'), 'as it was\n')
}

const optionsIn = (root: string, name: string): SandboxOptions => ({
  layers: [join(root, 'layer')],
  workDirectory: join(root, 'work', name),
  mounts: [{ source: '/usr', target: '/usr', readonly: true }],
  identity: { uid: 1234, gid: 1235, hostname: 'mill' },
  environment: { PATH: '/usr/bin:/bin', GIVEN: 'yes' },
})

const fresh = (more: Partial<SandboxOptions> = {}) => ({ ...optionsIn(temp.path, `${++count}`), ...more })

async function run(script: string, options: Partial<SandboxOptions> = {}, how: SandboxRun = {}) {
  const lines: string[] = []
  await using sandbox = await openSandbox(f, fresh(options))
  const outcome = await sandbox.run(
    { script, directory: '/home/build' },
    { timeoutMs: 20_000, ...how, onLine: (line) => lines.push(line) },
  )
  return { outcome, lines }
}

/** Command lines on this host that hold the text. */
async function processesWith(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return lines.filter((line) => line.includes(text)).map((line) => line.replaceAll('\0', ' '))
}

beforeAll(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-sandbox')
  await chmod(temp.path, 0o755)
  await makeLayer(join(temp.path, 'layer'))
})
afterAll(() => temp[Symbol.asyncDispose]())

describe.skipIf(reason !== '')(`a sandbox${reason}`, () => {
  it('is who it was told to be, and knows nothing else', async () => {
    const { outcome, lines } = await run('id -u; id -g; hostname; umask; pwd; env | sort')
    expect(outcome).toMatchObject({ status: 'exited', code: 0 })
    expect(lines).toEqual(
      '1234 1235 mill 0022 /home/build GIVEN=yes PATH=/usr/bin:/bin PWD=/home/build'.split(' '),
    )
  })

  it('gives the command’s own code, and that of a shell for signals and for programs that are not there', async () => {
    await using sandbox = await openSandbox(f, fresh())
    const codeOf = async (
      command: Omit<SandboxCommand, 'directory'> & ({ args: string[] } | { script: string }),
    ) => {
      const outcome = await sandbox.run({ ...command, directory: '/' })
      return outcome.status === 'exited' ? outcome.code : outcome.status
    }
    expect(await codeOf({ script: 'exit 42' })).toBe(42)
    expect(await codeOf({ script: 'kill -SEGV $$' })).toBe(139)
    expect(await codeOf({ args: ['no-such-program'] })).toBe(127)
    expect(await codeOf({ args: ['sh', '-c', 'exit "$CODE"'], environment: { CODE: '7' } })).toBe(7)
    expect(await codeOf({ script: 'read x; exit "$x"', stdin: '9\n' })).toBe(9)
  })

  it('keeps what one run wrote for the next, and in its files when it is closed', async () => {
    const options = fresh()
    const sandbox = await openSandbox(f, options)
    await sandbox.run({ script: 'mkdir -p out/d; echo x > out/d/f; rm /etc/below', directory: '/home/build' })
    const seen = await sandbox.run({ script: 'cat out/d/f; ls /etc', directory: '/home/build' })
    expect(seen.lastLines).toEqual(['x'])
    await sandbox.close()
    const names = await Array.fromAsync(walkTree(await sandbox.collect('/home/build/out')))
    expect(names.map(({ path }) => path)).toEqual(['d', 'd/f'])
    await expect(sandbox.run({ args: ['true'], directory: '/' })).rejects.toMatchObject({
      code: 'SANDBOX_FAILED',
    })

    const again = await openSandbox(f, options)
    expect((await again.run({ script: 'cat d/f', directory: '/home/build/out' })).lastLines).toEqual(['x'])
    await again[Symbol.asyncDispose]()
    expect(existsSync(options.workDirectory)).toBe(false)
  })

  it('writes over its layers, never into them, nor anywhere else', async () => {
    const secret = join(temp.path, 'secret')
    await writeFile(secret, 'of the host')
    const { lines } = await run(
      `echo spoilt > /etc/below; echo x > /new; chmod 777 /etc; rm -rf /var
      touch /usr/bin/evil 2>/dev/null || echo refused; cat ${secret} 2>/dev/null || echo unseen`,
    )
    expect(lines).toEqual(['refused', 'unseen'])
    const layer = join(temp.path, 'layer')
    expect(await readFile(join(layer, 'etc/below'), 'utf8')).toBe('as it was\n')
    expect(existsSync(join(layer, 'new')) || !existsSync(join(layer, 'var'))).toBe(false)
    expect((await lstat(join(layer, 'etc'))).mode & 0o777).toBe(0o755)
    expect(existsSync('/usr/bin/evil')).toBe(false)
  })

  it('has mounts that are written to, or not', async () => {
    const source = join(temp.path, 'shared')
    await mkdir(source)
    const mount = (target: string, readonly: boolean) => ({ source, target, readonly })
    const mounts = [...fresh().mounts, mount('/home/build', false), mount('/ro', true)]
    const { lines } = await run('echo x > f; cat /ro/f; echo y > /ro/g || echo refused', { mounts })
    expect(lines).toContain('refused')
    expect(await readdir(source)).toEqual(['f'])
    await using sandbox = await openSandbox(f, fresh({ mounts }))
    expect(await sandbox.collect('/home/build/f')).toBe(join(source, 'f'))
  })

  it('can have a root that is read only', async () => {
    const { lines } = await run('echo x > /etc/x || echo refused; echo y > /tmp/y && cat /tmp/y', {
      readOnlyRoot: true,
    })
    expect(lines).toEqual([expect.stringContaining('Read-only file system'), 'refused', 'y'])
  })

  it('reaches no network, not even this machine’s', async () => {
    const server = createServer((_, response) => response.end('reached'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const { outcome, lines } = await run(
      `tail -n +3 /proc/net/dev | cut -d: -f1; bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port}'`,
    )
    server.close()
    expect(lines[0]?.trim()).toBe('lo')
    expect(lines[1]).toContain('refused')
    expect(outcome).toMatchObject({ code: 1 })
  })

  it('sees no process but its own, and has no right beyond an ordinary user’s', async () => {
    const { lines } = await run(
      `ls -d /proc/[0-9]* | wc -l; grep -E '^(NoNewPrivs|CapBnd|CapEff):' /proc/self/status | tr '\\t' ' '
      unshare -Ur true 2>/dev/null || echo no namespaces; touch /dev/x 2>/dev/null || echo no devices
      [ -s /proc/kcore ] || echo no kernel memory; kill -9 1; echo alive`,
    )
    expect(Number(lines.shift())).toBeLessThan(8)
    const zero = '0'.repeat(16)
    expect(lines).toEqual([
      ...[`CapEff: ${zero}`, `CapBnd: ${zero}`, 'NoNewPrivs: 1', 'no namespaces', 'no devices'],
      ...['no kernel memory', 'alive'],
    ])
  })

  it('changes no setting of the host’s kernel, whoever runs it', async () => {
    const { lines } = await run(
      `for name in kernel/core_pattern vm/swappiness kernel/hostname; do
        value=$(cat /proc/sys/$name); (echo "$value" > /proc/sys/$name) 2>/dev/null || echo refused
      done`,
    )
    expect(lines).toEqual(['refused', 'refused', 'refused'])
  })

  it('leaves no process when a command is done, or is out of time', async () => {
    const marker = `31${process.pid}`
    const left = await run(`setsid sleep ${marker} >/dev/null 2>&1 & echo done`)
    expect(left.outcome).toMatchObject({ status: 'exited', code: 0 })
    expect(await processesWith(marker)).toEqual([])
    const hung = await run(`setsid sleep ${marker} >/dev/null 2>&1 & sleep ${marker}`, {}, { timeoutMs: 200 })
    expect(hung.outcome).toMatchObject({ status: 'timed-out', timeoutMs: 200 })
    expect(await processesWith(marker)).toEqual([])
  })

  it('ends when it is told to, before and after the start', async () => {
    const abort = new AbortController()
    await using sandbox = await openSandbox(f, fresh())
    const command = { script: 'echo begun; sleep 100', directory: '/' }
    const how = { signal: abort.signal, onLine: () => abort.abort() }
    expect((await sandbox.run(command, how)).status).toBe('cancelled')
    expect((await sandbox.run(command, how)).status).toBe('cancelled')
  })

  it('takes its runs with it when it is closed', async () => {
    const marker = `32${process.pid}`
    const sandbox = await openSandbox(f, fresh())
    const begun = Promise.withResolvers<void>()
    const running = sandbox.run(
      { script: `echo begun; sleep ${marker}`, directory: '/' },
      { onLine: () => begun.resolve() },
    )
    await begun.promise
    await sandbox[Symbol.asyncDispose]()
    expect((await running).status).toBe('cancelled')
    expect(await processesWith(marker)).toEqual([])
  })

  it('gives every line, and the last ones with the outcome', async () => {
    const { outcome, lines } = await run('seq 1 100; echo oops >&2; exit 1')
    expect(lines).toHaveLength(101)
    expect(outcome.lastLines).toHaveLength(20)
    expect(describeOutcome(outcome)).toBe('ended with exit code 1')
  })

  it('lays hundreds of trees over each other, the last on top', async () => {
    const layers = [join(temp.path, 'layer')]
    for (let index = 0; index < 300; index++) {
      const layer = join(temp.path, 'many', String(index))
      await mkdir(join(layer, 'etc'), { recursive: true })
      await writeFile(join(layer, 'etc', 'top'), `${index}\n`)
      await writeFile(join(layer, 'etc', `file${index}`), '')
      layers.push(layer)
    }
    expect((await run('cat /etc/top; ls /etc | wc -l', { layers })).lines).toEqual(['299', '302'])
  })

  it('removes what a build closed to its owner', async () => {
    const options = fresh()
    const sandbox = await openSandbox(f, options)
    await sandbox.run({ script: 'mkdir -p a/b; touch a/b/c; chmod 0 a/b a', directory: '/home/build' })
    await sandbox.close()
    await removeSandbox(f, options.workDirectory)
    expect(existsSync(options.workDirectory)).toBe(false)
  })

  it('collects nothing through a link, and only what is there', async () => {
    await using sandbox = await openSandbox(f, fresh())
    await sandbox.run({ script: 'ln -s /etc out; mkdir real', directory: '/home/build' })
    const codes = [
      ['/home/build/out/passwd', 'OUTPUT_HOSTILE'],
      ['/home/build/out', 'OUTPUT_HOSTILE'],
      ['/home/build/none', 'NOT_FOUND'],
      ['/home/build/../x', 'USAGE'],
      ['relative', 'USAGE'],
    ] as const
    for (const [path, code] of codes)
      await expect(sandbox.collect(path), path).rejects.toMatchObject({ code })
    expect(await sandbox.collect('/home/build/real')).toBe(join(sandbox.written, 'home/build/real'))
  })

  it('says why it cannot be made', async () => {
    const bad: Partial<SandboxOptions>[] = [
      { layers: ['/does/not/exist'] },
      { layers: ['relative'] },
      { layers: [] },
      { layers: new Array<string>(481).fill(temp.path) },
      { mounts: [{ source: '/does/not/exist', target: '/x', readonly: true }] },
    ]
    for (const options of bad)
      await expect(openSandbox(f, fresh(options))).rejects.toMatchObject({ code: 'SANDBOX_FAILED' })
  })

  it('says what the host must allow when it cannot mount', async () => {
    const exec: typeof runCommand = (command, options) =>
      runCommand(
        command.program === 'sh'
          ? { program: 'sh', args: ['-c', 'echo mount: overlay: no >&2; exit 32'] }
          : command,
        options,
      )
    await expect(openSandbox({ exec }, fresh())).rejects.toMatchObject({
      code: 'SANDBOX_FAILED',
      why: 'exit code 32: mount: overlay: no',
      fix: expect.stringContaining('ext4, xfs or btrfs'),
    })
  })

  it('is gone, processes, mounts and control groups, when the process that opened it is killed', async () => {
    const sandboxes = join(temp.path, 'killed')
    const workDirectory = join(sandboxes, 'one')
    const marker = `33${process.pid}`
    const begun = Promise.withResolvers<void>()
    const options = { ...fresh(), workDirectory }
    const child = await startDaemon(
      nodeScript(
        `const sandbox = await openSandbox(f, ${JSON.stringify(options)})
        await sandbox.run({ script: 'echo begun; setsid sleep ${marker} & sleep ${marker}', directory: '/' }, { onLine: console.log })`,
      ),
      () => begun.resolve(),
    )
    await begun.promise
    const [holder = ''] = (await processesWith('millrace-sandbox')).filter((line) =>
      line.includes(`${workDirectory} `),
    )
    const groups = holder.split(' ').filter((word) => word.startsWith('/sys/fs/cgroup/'))
    process.kill(child.pid, 'SIGKILL')
    await child.exited
    await expect
      .poll(async () => [...(await processesWith(marker)), ...(await processesWith(workDirectory))])
      .toEqual([])
    expect(groups.filter((directory) => existsSync(directory))).toEqual([])
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(workDirectory)
    const { names, removed } = await sweepSandboxes(f, sandboxes)
    expect(names).toEqual(['one'])
    await removed
    expect(existsSync(workDirectory)).toBe(false)
  })
})

const MiB = 1024 * 1024

/** What a hostile build does, and how it must end, whoever runs Millrace. */
const HOSTILE = [
  {
    name: 'hangs',
    script: 'sleep 1000',
    limits: {},
    timeoutMs: 200,
    status: 'timed-out',
  },
  {
    // Refused a process, these shells end: without a control group, that may be over before anyone looks.
    name: 'starts processes until it is refused',
    script: 'bomb() { bomb | bomb & }; bomb; sleep 100',
    limits: { processes: 100 },
    timeoutMs: 1000,
    status: expect.stringMatching(/^(too-many-processes|timed-out|exited)$/),
  },
  {
    name: 'starts processes without end',
    script: "exec bash -c 'bomb() { bomb | bomb & }; bomb; sleep 100'",
    limits: { processes: 100 },
    status: 'too-many-processes',
  },
  {
    name: 'takes memory without end',
    script: 'tail /dev/zero',
    limits: { memoryBytes: 200 * MiB },
    status: 'out-of-memory',
  },
  {
    name: 'writes files without end',
    script: 'while :; do i=$((i + 1)); head -c 20M /dev/zero > file$i; done',
    limits: { diskBytes: 100 * MiB },
    status: 'disk-full',
  },
  {
    name: 'writes files without end where nobody looks',
    script:
      'mkdir shut; cd shut; chmod 300 .; while :; do i=$((i + 1)); head -c 20M /dev/zero > file$i; done',
    limits: { diskBytes: 100 * MiB },
    status: 'disk-full',
  },
  {
    name: 'writes one file without end',
    script: 'head -c 100M /dev/zero > file',
    limits: { fileBytes: 10 * MiB },
    status: 'exited',
  },
  {
    name: 'talks without end',
    script: 'yes',
    limits: { outputBytes: MiB },
    status: 'output-limit',
  },
  {
    name: 'talks without end in one line',
    script: "tr '\\0' x < /dev/zero",
    limits: { outputBytes: MiB },
    status: 'output-limit',
  },
]

/** Runs all of them in a Node of their own, and gives what came of each. */
async function runHostile(root: string, as: readonly string[]): Promise<unknown> {
  const builds = HOSTILE.map(({ script, limits, timeoutMs = 20_000 }, index) => ({
    options: { ...optionsIn(root, `hostile-${index}`), limits },
    command: { script, directory: '/home/build' },
    how: { timeoutMs },
  }))
  const { program, args } = nodeScript(
    `const statuses = []
    for (const { options, command, how } of ${JSON.stringify(builds)}) {
      await using sandbox = await openSandbox(f, options)
      const { status, code } = await sandbox.run(command, how)
      statuses.push(code === 0 ? 'unstopped' : status)
    }
    console.log(JSON.stringify(statuses))`,
  )
  const exited = await runCommand({ program: 'env', args: [...as, program, ...args] })
  expect(exited.stderr).toBe('')
  return JSON.parse(exited.stdout)
}

const ORDINARY = ['setpriv', '--reuid', '12345', '--regid', '12345', '--clear-groups', '--']

describe.skipIf(reason !== '')(`a build that means harm${reason}`, () => {
  it('is stopped for what it did', async () => {
    expect(await runHostile(temp.path, [])).toEqual(HOSTILE.map(({ status }) => status))
  })

  it('is stopped as surely when Millrace is not root', async ({ skip }) => {
    const reads = { program: 'env', args: [...ORDINARY, 'test', '-r', import.meta.filename] }
    if ((await runCommand(reads)).code !== 0)
      skip('only root can become an ordinary user, and that user must be able to read the checkout')
    const root = join(temp.path, 'ordinary')
    await mkdir(root)
    await makeLayer(join(root, 'layer'))
    await runCommand({ program: 'chown', args: ['-Rh', '12345:12345', root] })
    expect(await runHostile(root, ORDINARY)).toEqual(HOSTILE.map(({ status }) => status))
  })
})

/** A Node of its own that runs a script with `openSandbox` and `f` in scope. */
function nodeScript(body: string) {
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)
  const script = `
    const { openSandbox } = await import(${url('./index.ts')})
    const { runCommand } = await import(${url('../base/index.ts')})
    const f = { exec: runCommand }
    ${body}`
  return { program: process.execPath, args: ['--input-type=module', '-e', script] }
}
