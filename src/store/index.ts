// SPDX-License-Identifier: Apache-2.0
/**
 * Where everything is kept: bytes as content-addressed blobs in a directory, facts as rows in PostgreSQL (a private cluster in the data directory,
 * or the one that a DATABASE_URL names), and the lock that gives a data directory to one process. Trades and the factory import it; it imports base.
 * Blob addresses follow the OCI image specification's descriptor digests.
 */
export { openBlobDirectory } from './blob-directory.ts'
export type { BlobStore, ByteRange, StoredBlob } from './blobs.ts'
export { type Cluster, findCluster, startCluster } from './cluster.ts'
export {
  type Database,
  type JsonColumn,
  openDatabase,
  type StoreTables,
  type TimeColumn,
} from './database.ts'
export { type EventLog, openEventLog, readNewestRun } from './event-log.ts'
export { askHolder, type DataLock, type LockHolder, lockData } from './lock.ts'
export { migrate } from './migrate.ts'
