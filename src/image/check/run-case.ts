// SPDX-License-Identifier: Apache-2.0
import { type Exec, type Exited, stripControls } from '../../base/index.ts'
import type { RunConfig } from '../../oci/index.ts'
import type { CommandCase, Expected, ImageCase, SignalCase } from '../sheet.ts'
import { execInContainer, probeHttp, probePort, signalContainer } from './commands.ts'
import { type ContainerHost, runToEnd, type Service, startService } from './container.ts'
import { existsInRoot } from './exists-in-root.ts'
import { userOf } from './runtime-config.ts'

/** What a case found. */
export interface Finding {
  readonly passed: boolean
  readonly output: string
}

export interface CaseHost extends ContainerHost {
  readonly exec: Exec
  readonly config: RunConfig
  readonly rootfs: string
  /** The program that runs this; it asks servers. */
  readonly node: string
}

/** Tries one case. @throws MillraceError when it could not be tried; a case that failed is a value. */
export async function runCase(host: CaseHost, one: ImageCase, signal: AbortSignal): Promise<Finding> {
  switch (one.kind) {
    case 'args':
    case 'command': {
      const { Entrypoint = [] } = host.config
      const argv = one.kind === 'args' ? [...Entrypoint, ...one.argv] : one.argv
      return judge(
        one,
        await runToEnd(
          host,
          { argv, environment: one.environment, stdin: one.stdin, timeoutMs: one.timeoutMs },
          signal,
        ),
      )
    }
    case 'exec':
      return withService(host, one, signal, (service) => execUntil(host, service, one, signal))
    case 'http':
      return withService(host, one, signal, async (service) => {
        const { port, path, status, body, timeoutMs } = one
        const probe = probeHttp(host.room, host.node, {
          port,
          path,
          status,
          body: body?.source ?? '',
          withinMs: timeoutMs,
        })
        const exited = await service.race(host.exec(probe, { signal, timeoutMs: timeoutMs + 5000 }))
        if (exited === 'ended') return failed('the image ended before it answered')
        return { passed: exited.code === 0, output: shown(exited.stdout || exited.stderr) }
      })
    case 'signal':
      return withService(host, one, signal, (service) => endsInTime(host, service, one, signal))
    case 'present':
    case 'absent':
      return filesAre(host.rootfs, one.paths, one.kind === 'present')
    case 'user': {
      const { User = '' } = host.config
      return User === one.user
        ? { passed: true, output: `runs as ${User}` }
        : failed(`the image runs as ${User === '' ? 'root' : User}, not as ${one.user}`)
    }
  }
}

function failed(why: string): Finding {
  return { passed: false, output: why }
}

/** Starts the image as it is, looks at its user, and ends it again. */
async function withService(
  host: CaseHost,
  one: ImageCase,
  signal: AbortSignal,
  work: (service: Service) => Promise<Finding>,
): Promise<Finding> {
  const { Entrypoint = [], Cmd = [] } = host.config
  const argv = [...Entrypoint, ...Cmd]
  if (argv.length === 0) return failed('the image has neither entrypoint nor cmd: there is nothing to start')
  await using service = await startService(host, { argv, environment: one.environment }, signal)
  const finding = await work(service)
  const said = service.output()
  if (!finding.passed) return failed([finding.output, said].filter((text) => text !== '').join('\n'))
  const { uid } = userOf(host.config)
  if (service.uid !== null && service.uid !== uid)
    return failed(`it runs as uid ${service.uid}, its configuration says ${uid}`)
  return finding
}

/** Again and again until it does what is expected or the time is over: a server needs a moment to start. */
async function execUntil(
  host: CaseHost,
  service: Service,
  one: CommandCase,
  signal: AbortSignal,
): Promise<Finding> {
  const process = await service.describe(one.argv)
  const deadline = performance.now() + one.timeoutMs
  for (;;) {
    const command = execInContainer(
      host.room,
      service.container,
      process,
      one.stdin === '' ? undefined : one.stdin,
    )
    const exited = await service.race(
      host.exec(command, { signal, timeoutMs: one.timeoutMs, maxOutputBytes: MAX_OUTPUT }),
    )
    if (exited === 'ended') return failed('the image ended before it did what was expected')
    const finding = judge(one, exited)
    if (finding.passed || performance.now() > deadline || signal.aborted) return finding
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function endsInTime(
  host: CaseHost,
  service: Service,
  one: SignalCase,
  signal: AbortSignal,
): Promise<Finding> {
  if (one.port !== null) {
    const probe = probePort(host.room, host.node, one.port, one.timeoutMs)
    const exited = await service.race(host.exec(probe, { signal, timeoutMs: one.timeoutMs + 5000 }))
    if (exited === 'ended') return failed('the image ended before it was asked to')
    if (exited.code !== 0) return failed(`nobody listens on port ${one.port}: ${shown(exited.stdout)}`)
  }
  const startedMs = performance.now()
  await host.exec(signalContainer(host.room, service.container, one.signal), { signal })
  const end = await service.endWithin(one.withinMs)
  if (end === undefined) return failed(`it goes on ${one.withinMs} ms after ${one.signal}`)
  const how = `ended ${Math.round(performance.now() - startedMs)} ms after ${one.signal}, exit code ${end.code}`
  return one.exit === null || end.code === one.exit
    ? { passed: true, output: how }
    : failed(`${how}; expected ${one.exit}`)
}

async function filesAre(rootfs: string, paths: readonly string[], wanted: boolean): Promise<Finding> {
  const wrong: string[] = []
  for (const path of paths) if ((await existsInRoot(rootfs, path)) !== wanted) wrong.push(path)
  if (wrong.length === 0)
    return { passed: true, output: `${wanted ? 'present' : 'absent'}: ${paths.join(', ')}` }
  return failed(`${wrong.join(', ')}: ${wanted ? 'not there' : 'there'}`)
}

export const MAX_OUTPUT = 64 * 1024

function judge({ exit, stdout, stderr }: Expected, exited: Exited): Finding {
  const output = shown([exited.stdout, exited.stderr].filter((text) => text !== '').join('\n'))
  const faults = [
    exited.timedOut ? 'it ran out of time' : null,
    !exited.timedOut && exited.code !== exit
      ? `it ended with ${exited.signal ?? `exit code ${exited.code}`}, expected ${exit}`
      : null,
    stdout !== null && !stdout.test(exited.stdout) ? `its output does not match ${stdout}` : null,
    stderr !== null && !stderr.test(exited.stderr) ? `its error output does not match ${stderr}` : null,
  ].filter((fault) => fault !== null)
  return faults.length === 0 ? { passed: true, output } : failed([...faults, output].join('\n'))
}

/** At most so much is kept of what a case saw. */
const SHOWN = 4096

function shown(text: string): string {
  const clean = stripControls(text).trimEnd()
  return clean.length > SHOWN ? `${clean.slice(0, SHOWN)}…` : clean
}
