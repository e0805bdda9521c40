// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Clock,
  type Emit,
  type Exec,
  type Http,
  openHttp,
  runCommand,
  systemClock,
  VERSION,
} from '../base/index.ts'
import type { FailedBuildsSetting } from '../build/index.ts'
import { type LicenseTexts, openLicenseTexts } from '../check/index.ts'
import { type FactoryKeys, loadKeys } from '../keys/index.ts'
import { type ApkRepository, openRepository } from '../repository/index.ts'
import { openTreeStore, sweepSandboxes, type TreeStore } from '../sandbox/index.ts'
import { makeDataDirectory, type Settings } from '../settings/index.ts'
import {
  DEFAULT_GIT_LIMITS,
  type GitSettings,
  gitMirrors,
  type HostMemory,
  type Mirror,
  openHostMemory,
  openMirrors,
  parseMirrors,
  sweepDownloads,
} from '../source/index.ts'
import {
  askHolder,
  type BlobStore,
  type Database,
  type DataLock,
  type EventLog,
  findCluster,
  lockData,
  migrate,
  openBlobDirectory,
  openDatabase,
  openEventLog,
  startCluster,
} from '../store/index.ts'
import { type Ledger, openLedger } from './ledger.ts'
import { openSecrets, type Secrets } from './secrets/open-secrets.ts'

/** What reading the facts needs: it may be open beside a factory that runs. */
export interface Facts extends AsyncDisposable {
  readonly settings: Settings
  readonly clock: Clock
  readonly exec: Exec
  readonly store: BlobStore
  readonly database: Database
  readonly databaseUrl: string
  readonly ledger: Ledger
  /** Whether another process works in the data directory now. */
  readonly busy: boolean
}

/** Everything the work needs, wired once. Functions take the slice they use. */
export interface Services extends Facts {
  readonly http: Http
  /** Sources come from the store alone, the seed as it is prepared. */
  readonly offline: boolean
  readonly hosts: HostMemory
  readonly mirrors: readonly Mirror[]
  readonly licenseTexts: LicenseTexts
  readonly git: GitSettings
  readonly proxies: Readonly<Record<string, string>>
  readonly dataDirectory: string
  readonly arch: string
  readonly keys: FactoryKeys
  /** Signs packages and indexes. */
  readonly signer: FactoryKeys['apk']
  readonly repository: ApkRepository
  readonly blobs: BlobStore
  readonly trees: TreeStore
  readonly topsDirectory: string
  readonly sandboxDirectory: string
  readonly failedBuilds: FailedBuildsSetting
  readonly credentials: Secrets['credentialsFor']
  readonly events: EventLog
  readonly emit: Emit
}

/**
 * Opens a data directory for work: takes its lock, starts its database and brings the schema up, makes keys, removes what a killed process left.
 *
 * @param doing what the lock tells others, such as `millrace start`.
 * @throws MillraceError DATA_LOCKED, SETTINGS_INVALID, DATABASE_FAILED, KEY_INVALID, TOOL_MISSING
 */
export async function openServices(settings: Settings, doing: string): Promise<Services> {
  const opened = new Opened()
  try {
    makeDataDirectory(settings)
    const { dataDirectory, arch, proxies } = settings
    const clock = systemClock
    const exec = runCommand
    const lock: DataLock = await lockData(dataDirectory, doing, clock.now())
    opened.push(lock)
    const store = await openBlobDirectory(dataDirectory)
    const { database, databaseUrl } = await openOwnDatabase(settings, exec, opened)
    await migrate(database)
    const events = await openEventLog({ database, clock }, VERSION, (error) => {
      throw error
    })
    opened.push(events)
    const sandboxDirectory = join(dataDirectory, 'sandboxes')
    const { removed } = await sweepSandboxes({ exec }, sandboxDirectory)
    removed.catch((error: unknown) =>
      events.emit({ type: 'notice.raised', level: 'warning', code: 'SANDBOX_FAILED', text: String(error) }),
    )
    const secrets = await openSecrets(settings.secrets)
    await sweepDownloads(dataDirectory)
    const keys = await loadKeys(join(dataDirectory, 'keys'))
    const http = openHttp({ proxies, offline: settings.offline })
    const mirrorsFile = join(settings.distroDirectory, 'mirrors.yaml')
    const mirrorSettings = parseMirrors(await readFile(mirrorsFile, 'utf8'), mirrorsFile)
    const mirrors = openMirrors(
      { exec, http, clock, proxies, dataDirectory, clientEnvironment: settings.clientEnvironment },
      mirrorSettings,
    )
    const git: GitSettings = {
      protocols: settings.gitProtocols,
      mirrors: gitMirrors(mirrorSettings, settings.distroDirectory),
      environment: settings.gitEnvironment,
      credentialsFor: secrets.credentialsFor,
      limits: DEFAULT_GIT_LIMITS,
    }
    const { emit } = events
    return {
      settings,
      clock,
      exec,
      store,
      blobs: store,
      database,
      databaseUrl,
      ledger: openLedger({ database, store, clock }, arch),
      busy: false,
      http,
      offline: settings.offline,
      hosts: openHostMemory(clock),
      mirrors,
      licenseTexts: openLicenseTexts(),
      git,
      proxies,
      dataDirectory,
      arch,
      keys,
      signer: keys.apk,
      repository: openRepository({ database, blobs: store, signer: keys.apk, clock, emit }),
      trees: await openTreeStore({ exec }, join(dataDirectory, 'trees')),
      topsDirectory: join(dataDirectory, 'tops'),
      sandboxDirectory,
      failedBuilds: failedBuildsOf(settings),
      credentials: secrets.credentialsFor,
      events,
      emit,
      [Symbol.asyncDispose]: () => opened.close(),
    }
  } catch (error) {
    await opened.close()
    throw error
  }
}

/**
 * Opens a data directory to read its facts, beside the process that works there when one does; else the database is started for as long as this is open.
 *
 * @throws MillraceError NOT_FOUND when nothing was ever made there, DATABASE_FAILED
 */
export async function openFacts(settings: Settings, doing: string): Promise<Facts> {
  const opened = new Opened()
  try {
    makeDataDirectory(settings)
    const { dataDirectory, arch } = settings
    const clock = systemClock
    const exec = runCommand
    const held = settings.databaseUrl !== null || (await askHolder(dataDirectory)) !== undefined
    if (!held) opened.push(await lockData(dataDirectory, doing, clock.now()))
    const { database, databaseUrl } = held
      ? openHeldDatabase(settings.databaseUrl ?? (await findCluster(dataDirectory)), opened)
      : await openOwnDatabase(settings, exec, opened)
    if (!held) await migrate(database)
    const store = await openBlobDirectory(dataDirectory, { shared: held })
    return {
      settings,
      clock,
      exec,
      store,
      database,
      databaseUrl,
      ledger: openLedger({ database, store, clock }, arch),
      busy: (await askHolder(dataDirectory)) !== undefined && held,
      [Symbol.asyncDispose]: () => opened.close(),
    }
  } catch (error) {
    await opened.close()
    throw error
  }
}

/** Where a data directory keeps failed builds, and how much of them. */
export function failedBuildsOf({ dataDirectory, failedBuilds }: Settings): FailedBuildsSetting {
  return { directory: join(dataDirectory, 'failed-builds'), ...failedBuilds }
}

async function openOwnDatabase(settings: Settings, exec: Exec, opened: Opened) {
  let databaseUrl = settings.databaseUrl
  if (databaseUrl === null) {
    const cluster = await startCluster({ exec }, settings.dataDirectory)
    opened.push({ [Symbol.asyncDispose]: () => cluster.stop() })
    databaseUrl = cluster.url
  }
  return openHeldDatabase(databaseUrl, opened)
}

function openHeldDatabase(databaseUrl: string, opened: Opened) {
  const database = openDatabase(databaseUrl)
  opened.push({ [Symbol.asyncDispose]: () => database.destroy() })
  return { database, databaseUrl }
}

/** What was opened, closed in the opposite order; each is closed, whatever closing another says. */
class Opened {
  readonly #all: AsyncDisposable[] = []

  push(one: AsyncDisposable): void {
    this.#all.push(one)
  }

  async close(): Promise<void> {
    const failures: unknown[] = []
    for (const one of this.#all.splice(0).reverse()) {
      try {
        await one[Symbol.asyncDispose]()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
