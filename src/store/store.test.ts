// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestOf, type Emit, fixedClock, type MillraceEvent, runCommand } from '../base/index.ts'
import {
  askHolder,
  type Database,
  lockData,
  migrate,
  openBlobDirectory,
  openDatabase,
  openEventLog,
  startCluster,
} from './index.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-store-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

async function* chunksOf(...parts: string[]): AsyncIterable<Uint8Array> {
  for (const part of parts) yield Buffer.from(part)
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(chunks)).toString()
}

/** By this process, of files and whatever else. */
async function bytesRead(): Promise<number> {
  return Number(/^rchar: (\d+)$/m.exec(await readFile('/proc/self/io', 'utf8'))?.[1])
}

describe('the blob directory', () => {
  it('gives back what was put, by digest, whole and in ranges', async () => {
    const store = await openBlobDirectory(join(directory, 'a'))
    const { digest, sizeBytes } = await store.putStream(chunksOf('hello ', 'mill'))
    expect(digest).toBe(digestOf('hello mill'))
    expect(sizeBytes).toBe(10)
    expect(await textOf(store.read(digest))).toBe('hello mill')
    expect(await textOf(store.read(digest, { start: 6, end: 10 }))).toBe('mill')
    expect(await textOf(store.read(digest, { start: 3, end: 3 }))).toBe('')
    expect((await Array.fromAsync(store.list())).map((blob) => blob.digest)).toEqual([digest])
  })

  it('refuses bytes of another digest than expected, and keeps nothing of them', async () => {
    const store = await openBlobDirectory(join(directory, 'b'))
    await expect(store.putStream(chunksOf('false'), digestOf('true'))).rejects.toMatchObject({
      code: 'SOURCE_DIGEST_MISMATCH',
    })
    expect(await Array.fromAsync(store.list())).toEqual([])
    expect(await readdir(join(directory, 'b', 'incoming'))).toEqual([])
  })

  it('keeps nothing of a stream that breaks', async () => {
    const store = await openBlobDirectory(join(directory, 'c'))
    const broken = (async function* () {
      yield Buffer.from('half')
      throw new Error('the line went dead')
    })()
    await expect(store.putStream(broken)).rejects.toThrow('the line went dead')
    expect(await readdir(join(directory, 'c', 'incoming'))).toEqual([])
  })

  it('finds a corrupt blob before its last chunk is out, and has it no more', async () => {
    const store = await openBlobDirectory(join(directory, 'd'))
    const { digest } = await store.putBytes('right bytes')
    const path = await store.localPath(digest)
    await rm(path)
    await writeFile(path, 'wrong bytes')
    await expect(textOf(store.read(digest))).rejects.toMatchObject({ code: 'BLOB_CORRUPT' })
    expect(await store.has(digest)).toBe(false)
    expect((await store.putBytes('right bytes')).digest).toBe(digest)
    expect(await textOf(store.read(digest))).toBe('right bytes')
  })

  it('verifies a blob once for all who ask, and again when its file is another', async () => {
    const store = await openBlobDirectory(join(directory, 'verified'))
    const { digest, sizeBytes } = await store.putBytes(Buffer.alloc(16 * 1024 ** 2, 'mill'))
    const readBytes = async (work: () => Promise<unknown>) => {
      const before = await bytesRead()
      await work()
      return (await bytesRead()) - before
    }
    const first = await readBytes(() => Promise.all([1, 2, 3].map(() => store.verify(digest))))
    expect(first).toBeGreaterThanOrEqual(sizeBytes)
    expect(first).toBeLessThan(2 * sizeBytes)
    expect(await readBytes(() => store.verify(digest))).toBeLessThan(sizeBytes)
    const path = await store.localPath(digest)
    await cp(path, `${path}.copy`)
    await rename(`${path}.copy`, path)
    expect(await readBytes(() => store.verify(digest))).toBeGreaterThanOrEqual(sizeBytes)
    const reopened = await openBlobDirectory(join(directory, 'verified'))
    await textOf(reopened.read(digest))
    expect(await readBytes(() => reopened.verify(digest))).toBeLessThan(sizeBytes)
  })

  it('verifies what was damaged since', async () => {
    const store = await openBlobDirectory(join(directory, 'damaged'))
    const { digest } = await store.putBytes('right bytes')
    await store.verify(digest)
    const path = await store.localPath(digest)
    await chmod(path, 0o644)
    const file = await open(path, 'r+')
    await file.write('wrong')
    await file.close()
    await expect(store.verify(digest)).rejects.toMatchObject({ code: 'BLOB_CORRUPT' })
    await expect(store.verify(digest)).rejects.toMatchObject({ code: 'BLOB_MISSING' })
  })

  it('tells once of a corrupt blob, when it is put aside, whoever finds it', async () => {
    const store = await openBlobDirectory(join(directory, 'telling'))
    const { digest } = await store.putBytes('right bytes')
    const told: unknown[] = []
    const unlisten = store.onCorrupt((one) => told.push(one))
    const damage = async () => {
      const path = await store.localPath(digest)
      await rm(path)
      await writeFile(path, 'wrong bytes')
    }
    await damage()
    const readers = await Promise.allSettled([1, 2, 3].map(() => textOf(store.read(digest))))
    expect(readers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(told).toEqual([digest])
    unlisten()
    await store.putBytes('right bytes')
    await damage()
    await expect(store.verify(digest)).rejects.toMatchObject({ code: 'BLOB_CORRUPT' })
    expect(told).toEqual([digest])
  })

  it('says what is missing', async () => {
    const store = await openBlobDirectory(join(directory, 'e'))
    await expect(store.verify(digestOf('nothing'))).rejects.toMatchObject({ code: 'BLOB_MISSING' })
    await expect(textOf(store.read(digestOf('nothing')))).rejects.toMatchObject({ code: 'BLOB_MISSING' })
    await expect(store.localPath(digestOf('nothing'))).rejects.toMatchObject({ code: 'BLOB_MISSING' })
  })
})

describe('the data lock', () => {
  it('goes to one holder only, who is named to the other', async () => {
    const lock = await lockData(directory, 'testing', 0)
    await expect(lockData(directory, 'testing too', 0)).rejects.toMatchObject({
      code: 'DATA_LOCKED',
      why: expect.stringContaining(`process ${process.pid} (testing`),
    })
    expect(await askHolder(directory)).toMatchObject({ pid: process.pid, doing: 'testing' })
    await lock[Symbol.asyncDispose]()
    expect(await askHolder(directory)).toBeUndefined()
  })

  it('is the same lock through a symbolic link', async () => {
    const link = `${directory}.link`
    await symlink(directory, link)
    const lock = await lockData(link, 'testing', 0)
    await expect(lockData(directory, 'testing too', 0)).rejects.toMatchObject({ code: 'DATA_LOCKED' })
    await lock[Symbol.asyncDispose]()
    await rm(link)
  })

  it('is free at once after its holder was killed', async () => {
    const module = new URL('./lock.ts', import.meta.url).href
    const script = `const { lockData } = await import(${JSON.stringify(module)}); await lockData(${JSON.stringify(directory)}, 'x', 0); console.log('held'); setInterval(() => {}, 1000)`
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise((resolve) => holder.stdout.once('data', resolve))
    await expect(lockData(directory, 'testing', 0)).rejects.toMatchObject({ code: 'DATA_LOCKED' })
    holder.kill('SIGKILL')
    await new Promise((resolve) => holder.once('exit', resolve))
    const lock = await lockData(directory, 'testing', 0)
    await lock[Symbol.asyncDispose]()
  })
})

describe('the private PostgreSQL', () => {
  const clock = fixedClock(Date.UTC(2026, 0, 2))
  let database: Database
  let stop: () => Promise<void>
  beforeAll(async () => {
    const cluster = await startCluster({ exec: runCommand }, join(directory, 'cluster'))
    database = openDatabase(cluster.url)
    stop = async () => {
      await database.destroy()
      await cluster.stop()
    }
  })
  afterAll(() => stop())

  it('takes every migration once', async () => {
    expect(await migrate(database)).toContain('0001_store')
    expect(await migrate(database)).toEqual([])
  })

  it('keeps events in order, tells them live, and goes on counting in the next run', async () => {
    const heard: MillraceEvent[] = []
    const say = (emit: Emit) => {
      emit({ type: 'task.started', task: 'build:1', kind: 'build', subject: 'zlib-1.3.1-r0' })
      emit({ type: 'step.line', task: 'build:1', stream: 'stdout', text: 'checking for gcc' })
      emit({ type: 'task.ended', task: 'build:1', outcome: 'passed', durationMs: 5, summary: '' })
    }
    {
      await using log = await openEventLog({ database, clock }, '0.1.0', fail)
      log.listen((event) => heard.push(event))
      say(log.emit)
      await log.flush()
      expect((await log.since(0, 10)).map((event) => [event.seq, event.type])).toEqual([
        [1, 'task.started'],
        [3, 'task.ended'],
      ])
      expect(await log.since(0, 10)).toEqual(heard.filter((event) => event.type !== 'step.line'))
    }
    await using log = await openEventLog({ database, clock }, '0.1.0', fail)
    say(log.emit)
    await log.flush()
    expect((await log.since(3, 10)).map((event) => event.seq)).toEqual([4, 6])
  })

  it('is waited for, whatever a killed one left written about itself', async () => {
    const data = join(directory, 'killed')
    await mkdir(data)
    const first = await startCluster({ exec: runCommand }, data)
    await first.stop()
    const words = ['4194304', join(data, 'postgres'), '1', '5432', data, '', '1 1', 'ready   ']
    await writeFile(join(data, 'postgres', 'postmaster.pid'), `${words.join('\n')}\n`)
    const second = await startCluster({ exec: runCommand }, data)
    const reopened = openDatabase(second.url)
    const { rows } = await sql<{ one: number }>`select 1 as one`.execute(reopened)
    expect(rows).toEqual([{ one: 1 }])
    await reopened.destroy()
    await second.stop()
  })

  it('leaves a half-made cluster behind nobody trusts', async () => {
    const data = join(directory, 'unfinished')
    await mkdir(join(data, 'postgres.unfinished'), { recursive: true })
    await writeFile(join(data, 'postgres.unfinished', 'PG_VERSION'), '18')
    const cluster = await startCluster({ exec: runCommand }, data)
    await cluster.stop()
    expect(await readdir(data)).toEqual(['postgres'])
  })
})

function fail(error: unknown): never {
  throw error
}
