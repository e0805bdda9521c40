// SPDX-License-Identifier: Apache-2.0
/**
 * What a person may choose: flags, the environment and the settings file, read once where a command begins. No other folder looks at the environment; what needs a setting is given it.
 */

export {
  DEFAULT_PORT,
  makeDataDirectory,
  readSettings,
  type SettingFlags,
  type Settings,
} from './settings.ts'
export type { FileSettings, SecretSetting } from './settings-file.ts'
