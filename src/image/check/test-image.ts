// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import {
  type Command,
  type Digest,
  type Exec,
  lastWords,
  MillraceError,
  makeTempDirectory,
} from '../../base/index.ts'
import type { RunConfig } from '../../oci/index.ts'
import type { BlobStore } from '../../store/index.ts'
import type { BuiltImage } from '../image-rows.ts'
import type { ImageSheet } from '../sheet.ts'
import { giveOwners, type Room, removeTree } from './commands.ts'
import type { CaseResult, ImageTestOutcome } from './outcome.ts'
import { openRoom, probeRuntime } from './room.ts'
import { unpackImage } from './rootfs.ts'
import { type CaseHost, runCase } from './run-case.ts'

export interface TestServices {
  readonly exec: Exec
  /** Reads layers too. */
  readonly blobs: Pick<BlobStore, 'read'>
  /** Unpacked images go below it while they are tested. */
  readonly workDirectory: string
  /** Of this process. */
  readonly uid: number
}

/**
 * Tries an image by its sheet in a real container runtime: unpacked from its layers, read-only, without capabilities, in namespaces whose network is a loopback. When it is over, or given up, no process
 * and no mount of it is left.
 *
 * @throws MillraceError CANCELLED, SANDBOX_FAILED, and what unpacking throws.
 */
export async function testImage(
  f: TestServices,
  image: Pick<BuiltImage, 'name' | 'digest'>,
  sheet: ImageSheet,
  signal: AbortSignal,
): Promise<ImageTestOutcome> {
  const probed = await probeRuntime(f)
  if ('why' in probed) return { status: 'unavailable', ...probed }
  await using directory = await makeTempDirectory(f.workDirectory, `image-${image.name}`)
  await using room = await openRoom(f.uid)
  await using root = await openRoot(f, room, image.digest, join(directory.path, 'rootfs'), signal)
  const host: CaseHost = {
    exec: f.exec,
    room,
    node: process.execPath,
    directory: directory.path,
    writable: sheet.writable,
    config: root.config,
    rootfs: root.path,
  }
  const cases: CaseResult[] = []
  for (const one of sheet.cases) {
    if (signal.aborted) throw cancelled(image.name)
    const startedMs = performance.now()
    const { passed, output } = await runCase(host, one, signal)
    if (signal.aborted) throw cancelled(image.name)
    const durationMs = Math.round(performance.now() - startedMs)
    cases.push({ name: one.name, outcome: passed ? 'passed' : 'failed', durationMs, output })
  }
  const status = cases.every(({ outcome }) => outcome === 'passed') ? 'passed' : 'failed'
  return { status, runtime: probed.runtime, cases }
}

interface OpenRoot extends AsyncDisposable {
  readonly path: string
  readonly config: RunConfig
}

/** An image's files as whoever pulls it has them, with the owners they have in the room. */
async function openRoot(
  f: TestServices,
  room: Room,
  image: Digest,
  path: string,
  signal: AbortSignal,
): Promise<OpenRoot> {
  const remove = () => mustRun(f, removeTree(room, path), `removing ${path}`)
  try {
    const { config, owned } = await unpackImage(f.blobs, image, path, signal)
    await mustRun(f, giveOwners(room, process.execPath, owned), `giving the files of ${image} their owners`)
    return { path, config, [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function mustRun(f: TestServices, command: Command, what: string): Promise<void> {
  const exited = await f.exec(command)
  if (exited.code === 0) return
  throw new MillraceError('SANDBOX_FAILED', { what, why: lastWords(exited), fix: 'run millrace doctor' })
}

function cancelled(name: string): MillraceError {
  return new MillraceError('CANCELLED', {
    what: `testing the image ${name}`,
    why: 'it was given up',
    fix: 'start it again',
  })
}
