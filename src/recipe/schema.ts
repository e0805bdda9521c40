// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod'
import type { Location } from '../base/index.ts'

/**
 * melange's recipe schema, key by key (its `pkg/config`). Values come as text and lists and maps of text; an empty value is an empty list or map. Unknown keys are errors.
 */
const Text = z.string('expected a text')
const Flag = Text.regex(/^(y|yes|on|true|n|no|off|false)?$/i, 'expected true or false').transform((text) =>
  /^(y|yes|on|true)$/i.test(text),
)
const Whole = Text.regex(/^(0o?[0-7]*|[1-9]\d*)?$/, 'expected a whole number').transform((text) =>
  /^0o?[0-7]/.test(text) ? Number.parseInt(text.replace(/^0o?/, ''), 8) : Number(text),
)
const Duration = Text.regex(
  /^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$|^0?$/,
  'expected a duration such as 90m or 1h30m',
)
const Name = Text.regex(
  /^[a-zA-Z\d][a-zA-Z\d+_.-]*$/,
  'expected a package name: letters, digits, and + _ . - behind the first',
)

const empty = <T extends z.ZodType>(schema: T, none: object) =>
  z.preprocess((value) => (value === '' || value === undefined ? none : value), schema)
const list = <T extends z.ZodType>(item: T) => empty(z.array(item, 'expected a list'), [])
const map = <T extends z.ZodType>(value: T) => empty(z.record(z.string(), value, 'expected a map'), {})
const object = <T extends z.ZodRawShape>(shape: T) =>
  empty(
    z.strictObject(shape, {
      error: (issue) => (issue.code === 'invalid_type' ? 'expected a map' : undefined),
    }),
    {},
  )
const texts = list(Text)
const words = map(Text)
const text = Text.default('')
const flag = Flag.default(false)

const Environment = object({
  contents: object({
    repositories: texts,
    build_repositories: texts,
    runtime_repositories: texts,
    keyring: texts,
    runtime_keyring: z.unknown().optional(),
    packages: texts,
    baseimage: z.unknown().optional(),
  }),
  environment: words,
  entrypoint: z.unknown().optional(),
  cmd: text,
  'stop-signal': text,
  'work-dir': text,
  'vcs-url': text,
  accounts: z.unknown().optional(),
  archs: texts,
  paths: z.unknown().optional(),
  annotations: words,
  include: text,
  volumes: texts,
  layering: z.unknown().optional(),
  format: text,
  certificates: z.unknown().optional(),
})

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
  /** Where the step stands; set when the file has been read. */
  readonly at?: Location | undefined
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
  assertions: object({ 'required-steps': Whole.default(0) }),
  'working-directory': text,
  environment: words,
}) as unknown as z.ZodType<Step>

const Steps = list(StepSchema)
const Test = object({ environment: Environment, pipeline: Steps })
const Dependencies = object({
  runtime: texts,
  provides: texts,
  replaces: texts,
  'provider-priority': text,
  'replaces-priority': text,
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

const CpeField = Text.regex(
  /^([a-z\d][a-z\d+_.-]*)?$/,
  'expected lower-case letters, digits and + _ . -',
).default('')
const Cpe = object({
  part: text,
  vendor: CpeField,
  product: CpeField,
  edition: CpeField,
  language: CpeField,
  sw_edition: CpeField,
  target_sw: CpeField,
  target_hw: CpeField,
  other: CpeField,
})
const Resources = object({ cpu: text, cpumodel: text, memory: text, disk: text })

const Package = object({
  name: Name,
  version: Text.min(1, 'a package needs a version'),
  epoch: Whole.default(0),
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
  timeout: Duration.default(''),
  resources: Resources,
  'test-resources': Resources,
})

const Subpackage = object({
  if: text,
  range: text,
  name: Text.min(1, 'a subpackage needs a name'),
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
  'tag-filter': text,
  'tag-filter-prefix': text,
  'tag-filter-contains': text,
}
const Update = object({
  enabled: flag,
  manual: flag,
  'require-sequential': flag,
  shared: flag,
  'version-separator': text,
  'ignore-regex-patterns': texts,
  'version-transform': list(object({ match: text, replace: text })),
  'exclude-reason': text,
  'enable-prerelease-tags': flag,
  schedule: object({ period: text, reason: text }),
  'release-monitor': object({
    identifier: Whole.default(0),
    'strip-prefix': text,
    'strip-suffix': text,
    'version-filter-contains': text,
    'version-filter-prefix': text,
  }).optional(),
  github: object({ identifier: text, ...monitorFilters, 'use-tag': flag }).optional(),
  git: object(monitorFilters).optional(),
  oci: object({ identifier: text, ...monitorFilters }).optional(),
  version_data: object({
    version_format: text,
    sources: list(
      object({ name: text, stream: text, ignore: texts, commit_source: text, use_release: flag }),
    ),
  }).optional(),
})

export const RecipeSchema = z.strictObject(
  {
    package: Package,
    environment: Environment,
    capabilities: object({ add: texts, drop: texts }),
    pipeline: Steps,
    subpackages: list(Subpackage),
    data: list(object({ name: text, items: words })),
    update: Update,
    vars: words,
    'var-transforms': list(object({ from: text, match: text, replace: text, to: text })),
    options: map(
      object({
        vars: words,
        environment: object({ contents: object({ packages: object({ add: texts, remove: texts }) }) }),
      }),
    ),
    test: Test,
  },
  {
    error: (issue) =>
      issue.code === 'invalid_type' ? 'expected a map with the keys of a recipe' : undefined,
  },
)

/** A recipe as its file has it: nothing substituted, nothing expanded. */
export type RecipeFile = z.output<typeof RecipeSchema>
export type SubpackageFile = z.output<typeof Subpackage>
export type TestFile = z.output<typeof Test>
export type EnvironmentFile = z.output<typeof Environment>
export type PackageOptions = z.output<typeof Options>
export type PackageScriptlets = z.output<typeof Scriptlets>
export type PackageDependencies = z.output<typeof Dependencies>
export type UpdateFile = z.output<typeof Update>
