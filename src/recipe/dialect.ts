// SPDX-License-Identifier: Apache-2.0
import type { YamlDialect } from '../base/index.ts'

const MELANGE = { code: 'RECIPE_INVALID', scalars: 'text' } as const

export const RECIPE_YAML: YamlDialect = {
  ...MELANGE,
  noun: 'a recipe',
  missing: { package: 'add package: and below it name and version', version: 'add version: "1.0"' },
}

export const PIPELINE_YAML: YamlDialect = { ...MELANGE, noun: 'a pipeline' }
