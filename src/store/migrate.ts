// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { MillraceError } from '../base/index.ts'
import type { Database } from './database.ts'

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url))

/**
 * Brings the schema up to the newest of `migrations/NNNN_name.sql`, in number order, each once. Two processes at once wait for each other (Kysely holds an
 * advisory lock).
 *
 * @returns the names of the migrations applied now.
 * @throws MillraceError DATABASE_FAILED with PostgreSQL's reason; the failed migration leaves nothing behind.
 */
export async function migrate(database: Database, directory = MIGRATIONS): Promise<string[]> {
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: () => readMigrations(directory) },
  })
  const { error, results } = await migrator.migrateToLatest()
  if (error !== undefined) {
    const failed = results?.find((result) => result.status === 'Error')?.migrationName
    throw new MillraceError('DATABASE_FAILED', {
      what:
        failed === undefined ? 'bringing the database schema up to date' : `applying the migration ${failed}`,
      why: error instanceof Error ? error.message : String(error),
      fix: 'if DATABASE_URL names a database of your own, check that its user may create tables there',
      cause: error,
    })
  }
  return (results ?? []).map((result) => result.migrationName)
}

async function readMigrations(directory: string): Promise<Record<string, Migration>> {
  const files = (await readdir(directory)).filter((file) => /^\d{4}_[a-z_]+\.sql$/.test(file)).sort()
  const migrations: Record<string, Migration> = {}
  for (const file of files) {
    const text = await readFile(join(directory, file), 'utf8')
    migrations[file.replace(/\.sql$/, '')] = {
      up: async (database) => {
        await sql.raw(text).execute(database)
      },
    }
  }
  return migrations
}
