// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod'
import { Environment } from './environment-schema.ts'
import {
  cpeField,
  duration,
  flag,
  goPattern,
  list,
  map,
  object,
  oneOf,
  packageName,
  priority,
  someText,
  text,
  texts,
  whole,
  words,
} from './fields.ts'

/** melange's recipe schema, key by key (its `pkg/config`). Unknown keys are errors everywhere. */

const Input = object({ description: text, default: text, required: flag })

export interface Step {
  readonly if: string
  readonly name: string
  readonly uses: string
  readonly with: Readonly<Record<string, string>>
  readonly runs: string
  readonly pipeline: readonly Step[]
  readonly inputs: Readonly<Record<string, z.output<typeof Input>>>
  readonly needs: { readonly packages: readonly string[] }
  readonly label: string
  readonly assertions: { readonly 'required-steps': number }
  readonly 'working-directory': string
  readonly environment: Readonly<Record<string, string>>
}

export const StepSchema: z.ZodType<Step> = object({
  if: text,
  name: text,
  uses: text,
  with: words,
  runs: text,
  pipeline: list(z.lazy(() => StepSchema)),
  inputs: map(Input),
  needs: object({ packages: texts }),
  label: text,
  assertions: object({ 'required-steps': whole }),
  'working-directory': text,
  environment: words,
}) as unknown as z.ZodType<Step>

const Steps = list(StepSchema)
const Test = object({ environment: Environment, pipeline: Steps })
const Dependencies = object({
  runtime: texts,
  provides: texts,
  replaces: texts,
  'provider-priority': priority,
  'replaces-priority': priority,
})
const Options = object({
  'no-provides': flag,
  'no-depends': flag,
  'no-commands': flag,
  'no-versioned-shlib-deps': flag,
})
const Scriptlets = object({
  trigger: object({ script: text, paths: texts }),
  'pre-install': text,
  'post-install': text,
  'pre-deinstall': text,
  'post-deinstall': text,
  'pre-upgrade': text,
  'post-upgrade': text,
})
const Setcap = list(object({ path: text, add: words, reason: text }))
const Checks = object({ disabled: texts })

const Cpe = object({
  part: oneOf('a', 'o'),
  vendor: cpeField,
  product: cpeField,
  edition: cpeField,
  language: cpeField,
  sw_edition: cpeField,
  target_sw: cpeField,
  target_hw: cpeField,
  other: cpeField,
})
const Resources = object({ cpu: text, cpumodel: text, memory: text, disk: text })

const Package = z.strictObject({
  name: packageName,
  version: someText,
  epoch: whole,
  description: text,
  url: text,
  commit: text,
  annotations: words,
  'target-architecture': texts,
  copyright: list(
    object({
      license: text,
      paths: texts,
      attestation: text,
      'license-path': text,
      'detection-override': text,
    }),
  ),
  dependencies: Dependencies,
  options: Options,
  scriptlets: Scriptlets,
  checks: Checks,
  cpe: Cpe,
  setcap: Setcap,
  timeout: duration,
  resources: Resources,
  'test-resources': Resources,
})

const Subpackage = object({
  if: text,
  range: text,
  name: packageName,
  pipeline: Steps,
  dependencies: Dependencies,
  options: Options,
  scriptlets: Scriptlets,
  description: text,
  annotations: words,
  url: text,
  commit: text,
  checks: Checks,
  test: Test,
  setcap: Setcap,
})

const monitorFilters = {
  'strip-prefix': text,
  'strip-suffix': text,
  'tag-filter-prefix': text,
  'tag-filter-contains': text,
}
const Update = object({
  enabled: flag,
  manual: flag,
  'require-sequential': flag,
  shared: flag,
  'version-separator': text,
  'ignore-regex-patterns': list(goPattern),
  'version-transform': list(object({ match: goPattern, replace: text })),
  'exclude-reason': text,
  'enable-prerelease-tags': flag,
  schedule: object({ period: oneOf('daily', 'weekly', 'monthly'), reason: text }),
  'release-monitor': object({
    identifier: whole,
    'strip-prefix': text,
    'strip-suffix': text,
    'version-filter-contains': text,
    'version-filter-prefix': text,
  }).optional(),
  github: object({ identifier: text, ...monitorFilters, 'tag-filter': text, 'use-tag': flag }).optional(),
  git: object(monitorFilters).optional(),
  oci: object({ identifier: text, ...monitorFilters }).optional(),
  version_data: object({
    version_format: text,
    sources: list(
      object({ name: text, stream: text, ignore: list(goPattern), commit_source: text, use_release: flag }),
    ),
  }).optional(),
})

export const RecipeSchema = object({
  package: Package,
  environment: Environment,
  capabilities: object({ add: texts, drop: texts }),
  pipeline: Steps,
  subpackages: list(Subpackage),
  data: list(object({ name: someText, items: words })),
  update: Update,
  vars: words,
  'var-transforms': list(object({ from: someText, match: goPattern, replace: text, to: someText })),
  options: map(
    object({
      vars: words,
      environment: object({ contents: object({ packages: object({ add: texts, remove: texts }) }) }),
    }),
  ),
  test: Test,
})

/** A value that nobody may change, at any depth. */
export type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T

/** A recipe as its file has it: nothing substituted, nothing expanded. */
export type RecipeFile = DeepReadonly<z.output<typeof RecipeSchema>>
export type SubpackageFile = DeepReadonly<z.output<typeof Subpackage>>
export type TestFile = DeepReadonly<z.output<typeof Test>>
export type PackageOptions = DeepReadonly<z.output<typeof Options>>
export type PackageScriptlets = DeepReadonly<z.output<typeof Scriptlets>>
export type PackageDependencies = DeepReadonly<z.output<typeof Dependencies>>
export type BuildOptionFile = RecipeFile['options'][string]
export type UpdateFile = DeepReadonly<z.output<typeof Update>>
