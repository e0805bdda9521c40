// SPDX-License-Identifier: Apache-2.0
import type { LedgerTables } from '../../factory/index.ts'
import type { ImageTables } from '../../image/index.ts'
import type { RepositoryTables } from '../../repository/index.ts'
import type { Database } from '../../store/index.ts'

/** The database, with the tables of the ledger, the repository and the images in sight. */
export function withFactTables(database: Database) {
  return database.withTables<LedgerTables & RepositoryTables & ImageTables>()
}

export type FactsDatabase = ReturnType<typeof withFactTables>
