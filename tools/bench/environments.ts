// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Digest, emitNothing, runCommand, systemClock } from '../../src/base/index.ts'
import { type BuildServices, FIRST } from '../../src/build/index.ts'
import type { PlannedPackage } from '../../src/plan/index.ts'
import type { IncomingApk } from '../../src/repository/index.ts'
import { type EnvironmentPackage, openTreeStore } from '../../src/sandbox/index.ts'
import { openBlobDirectory } from '../../src/store/index.ts'
import { hostPrograms, makeSigner, type Planted, packApk } from '../../test/support/packed-apk.ts'

/** A place to build in, with packages that environments are made of: the host's shell, and many that hold files. */
export interface Workshop {
  readonly f: BuildServices
  readonly publicKey: { readonly name: string; readonly pem: string }
  /** The first is the shell. */
  readonly packages: readonly IncomingApk[]
}

const PROGRAMS = ['bash', 'cat', 'chmod', 'cp', 'head', 'ln', 'ls', 'mkdir', 'mv', 'rm', 'touch']
const FILES_EACH = 25
const FILE_BYTES = 8 * 1024

export async function openWorkshop(directory: string, count: number): Promise<Workshop> {
  const at = (path: string) => join(directory, path)
  const signer = makeSigner('bench.rsa.pub')
  const store = await openBlobDirectory(at('store'))
  const f: BuildServices = {
    exec: runCommand,
    store,
    trees: await openTreeStore({ exec: runCommand }, at('trees')),
    topsDirectory: at('tops'),
    sandboxDirectory: at('sandboxes'),
    signer,
    emit: emitNothing,
    clock: systemClock,
  }
  await mkdir(f.sandboxDirectory)
  const pack = (stem: string, files: Readonly<Record<string, Planted>>) =>
    packApk({ blobs: store, signer }, stem, 'x86_64', { files })
  const shell: Record<string, Planted> = {
    ...(await hostPrograms(runCommand, ...PROGRAMS)),
    'bin/sh': { link: '../usr/bin/bash' },
  }
  const packages = [await pack('shell-1.0-r0', shell)]
  for (let number = 1; number < count; number++)
    packages.push(await pack(`part${number}-1.0-r0`, filesOf(number)))
  return { f, publicKey: { name: signer.publicKeyName, pem: signer.pem }, packages }
}

function filesOf(number: number): Record<string, Planted> {
  const names = Array.from({ length: FILES_EACH }, (_, index) => `usr/share/part${number}/${index}`)
  return Object.fromEntries(names.map((name) => [name, randomBytes(FILE_BYTES)]))
}

/** The first so many packages as a plan names them, and where their bytes are. */
export function environmentOf({ packages, f }: Workshop, count: number) {
  const chosen = packages.slice(0, count)
  const planned = chosen.map(
    ({ record: { name, version }, datahash }): PlannedPackage => ({
      name,
      version,
      datahash,
      from: 'distro',
    }),
  )
  const toPrepare = chosen.map(
    ({ record: { name, version }, datahash, file }): EnvironmentPackage => ({
      ...{ name, version, datahash },
      open: () => f.store.read(file),
    }),
  )
  const files = new Map<Digest, Digest>(chosen.map(({ datahash, file }) => [datahash, file]))
  return { planned, toPrepare, files, identity: FIRST.identity }
}
