// SPDX-License-Identifier: Apache-2.0
/**
 * What everything else stands on: the one error class and its table, events, digests, canonical JSON, YAML with the place of everything in it,
 * time, lines, temporary files, and the two single places: the one that starts a process and the one that opens a connection. Everyone may import it; it imports no other folder.
 */
export { assert, present } from './assert.ts'
export { type Clock, fixedClock, isoTime, systemClock } from './clock.ts'
export {
  type Digest,
  digestFromHex,
  digestHex,
  digestOf,
  digestOfFile,
  isDigest,
  parseDigest,
} from './digest.ts'
export { asDiskFull, diskFull, namingFullDisk, type WritableFile, writeAll } from './disk-full.ts'
export {
  type ErrorDetails,
  formatError,
  formatLocation,
  isMillraceError,
  isSystemError,
  type Location,
  MillraceError,
  nearestName,
  stripControls,
} from './error.ts'
export { ERRORS, type ErrorCode, type ErrorKind } from './errors.ts'
export {
  type Emit,
  type EventBody,
  emitNothing,
  type MillraceEvent,
  type Outcome,
  TASK_KINDS,
  type TaskKind,
} from './events.ts'
export {
  type Command,
  type Daemon,
  type Exec,
  type Exited,
  HOST_ENV,
  lastWords,
  type RunOptions,
  runCommand,
  startDaemon,
} from './exec.ts'
export { exists } from './exists.ts'
export { type Counts, type Forecast, forecast, forecastTask, type TaskForecast } from './forecast.ts'
export { GIT_PROTOCOLS, type GitProtocol } from './git-protocols.ts'
export {
  type Http,
  type HttpOptions,
  type HttpResponse,
  type HttpSettings,
  isUnreachable,
  openHttp,
  validatorOf,
} from './http.ts'
export { canonicalJson, type Json } from './json.ts'
export { LineSplitter } from './lines.ts'
export { offlineError } from './offline.ts'
export {
  type ChannelState,
  type EndedWork,
  type FinishedTask,
  INITIAL_PROGRESS,
  type Notice,
  type ProgressState,
  type RunningTask,
  reduce,
  type WaitingTask,
} from './progress.ts'
export { dataWithoutSecrets, hideSecret, redactText, redactUrl, withoutSecrets } from './redact.ts'
export { parseSettingsFile } from './settings-file.ts'
export { makeTempDirectory, syncDirectory, type TempDirectory, writeFileAtomic } from './temp.ts'
export { VERSION } from './version.ts'
export { formatBytes, formatClock, formatCount, formatDuration, formatLeft, formatWhole } from './words.ts'
export { shown, type YamlDialect } from './yaml/dialect.ts'
export {
  below,
  findYamlProblems,
  isTreeMap,
  type Locate,
  readLocatedYaml,
  type TreeMap,
} from './yaml/located-yaml.ts'
export { readYaml } from './yaml/read-yaml.ts'
export { byPlace, findSchemaProblems, pathName } from './yaml/schema-problems.ts'
