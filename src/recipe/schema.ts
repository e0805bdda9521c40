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

/** melange's recipe schema, key by key (its `pkg/config`). Unknown keys are errors everywhere. Descriptions go into the JSON Schema for editors. */

const Input = object({
  description: text.describe('What it is for'),
  default: text.describe('Its value where a step gives none'),
  required: flag.describe('Whether a step must give it'),
})

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
  if: text.describe('Runs the step only where this holds: ${{build.arch}} == "x86_64" && …'),
  name: text.describe('How the log calls the step'),
  uses: text.describe('A pipeline to run: one built in, such as autoconf/make, or one of pipelines/'),
  with: words.describe('Inputs of the pipeline that `uses` names'),
  runs: text.describe('A shell script'),
  pipeline: list(z.lazy(() => StepSchema)).describe('Steps within the step'),
  inputs: map(Input).describe('In a pipeline’s file: what steps that use it may give'),
  needs: object({
    packages: texts.describe('Packages that the step adds to the build environment'),
  }).describe('What the step needs'),
  label: text.describe('A name for the step that tools refer to'),
  assertions: object({
    'required-steps': whole.describe('How many of the steps within must run'),
  }).describe('What must be true once it ran'),
  'working-directory': text.describe('Where it runs, below /home/build'),
  environment: words.describe('Environment variables of this step'),
}).meta({ id: 'step' }) as unknown as z.ZodType<Step>

const Steps = list(StepSchema)
const Test = object({
  environment: Environment.describe('What the test is run in, beside the package and what it depends on'),
  pipeline: Steps.describe('The steps of the test'),
})
const Dependencies = object({
  runtime: texts.describe(
    'Packages that this one needs when it runs, beside those that are found by scanning',
  ),
  provides: texts.describe('Names that this package also stands for: name, or name=version'),
  replaces: texts.describe('Packages whose files this one may overwrite'),
  'provider-priority': priority.describe(
    'Of those that provide a name without a version, the highest is taken',
  ),
  'replaces-priority': priority.describe('Of packages that replace each other, the highest keeps its files'),
})
const Options = object({
  'no-provides': flag.describe('Provides nothing that is found by scanning'),
  'no-depends': flag.describe('Depends on nothing that is found by scanning'),
  'no-commands': flag.describe('Provides no cmd: names for its programs'),
  'no-versioned-shlib-deps': flag.describe('Depends on libraries without their versions'),
})
const Scriptlets = object({
  trigger: object({
    script: text.describe('The script'),
    paths: texts.describe('Directories whose change runs it; * and ? may stand in them'),
  }).describe('Run when packages change what lies in some directories'),
  'pre-install': text.describe('A script, run before the first installation'),
  'post-install': text.describe('A script, run after the first installation'),
  'pre-deinstall': text.describe('A script, run before the removal'),
  'post-deinstall': text.describe('A script, run after the removal'),
  'pre-upgrade': text.describe('A script, run before an upgrade'),
  'post-upgrade': text.describe('A script, run after an upgrade'),
})
const Setcap = list(
  object({
    path: text.describe('A file of the package'),
    add: words.describe('Capabilities and their flags: cap_net_bind_service: +ep'),
    reason: text.describe('Why it needs them'),
  }),
)
const Checks = object({ disabled: texts.describe('Lints that only warn here') })

const Cpe = object({
  part: oneOf('a', 'o').describe('a for an application, o for an operating system'),
  vendor: cpeField.describe('Who makes it; goes with product'),
  product: cpeField.describe('What it is; goes with vendor'),
  edition: cpeField.describe('Its edition'),
  language: cpeField.describe('Its language'),
  sw_edition: cpeField.describe('For which market or class of users'),
  target_sw: cpeField.describe('The software it runs on'),
  target_hw: cpeField.describe('The hardware it runs on'),
  other: cpeField.describe('What else tells it apart'),
})
const Resources = object({
  cpu: text.describe('Processors'),
  cpumodel: text.describe('The processor’s model'),
  memory: text.describe('As in 8Gi'),
  disk: text.describe('As in 50Gi'),
})

const Package = z.strictObject({
  name: packageName.describe('What the package is called; the recipe’s file has the same name'),
  version: someText.describe('Upstream’s version, as apk compares it: 1.2.3, 1.2.3_rc1, 2024a'),
  epoch: whole.describe('Raised when the same version is packaged anew: the r of 1.2.3-rN'),
  description: text.describe('What it is, in one line'),
  url: text.describe('Upstream’s home page'),
  commit: text.describe('The commit of the recipe, written into the package'),
  annotations: words.describe('Free facts, kept and not written into the package'),
  'target-architecture': texts.describe('Architectures it is built for; all of them when empty'),
  copyright: list(
    object({
      license: text.describe('An SPDX licence expression'),
      paths: texts.describe('Files it applies to'),
      attestation: text.describe('The words of the copyright holders'),
      'license-path': text.describe('The file of the source that has the licence'),
      'detection-override': text.describe('The licence that license-check is to take as found'),
    }),
  ).describe('Under which licences it may be used'),
  dependencies: Dependencies.describe('What it needs when it runs, and what it stands for'),
  options: Options.describe('What is not scanned'),
  scriptlets: Scriptlets.describe('Scripts that apk runs'),
  checks: Checks.describe('Exceptions from lints'),
  cpe: Cpe.describe('How vulnerability data bases call it'),
  setcap: Setcap.describe('File capabilities'),
  timeout: duration.describe('How long the whole build may take'),
  resources: Resources.describe('What the build asks of its machine'),
  'test-resources': Resources.describe('What the test asks of its machine'),
})

const Subpackage = object({
  if: text.describe('Makes the subpackage only where this holds'),
  range: text.describe('Makes one for each item of this list in `data`: ${{range.key}}, ${{range.value}}'),
  name: packageName.describe('What the subpackage is called'),
  pipeline: Steps.describe('Steps that move its files to ${{targets.subpkgdir}}, or make them there'),
  dependencies: Dependencies.describe('What it needs when it runs, and what it stands for'),
  options: Options.describe('What is not scanned'),
  scriptlets: Scriptlets.describe('Scripts that apk runs'),
  description: text.describe('What it is, in one line'),
  annotations: words.describe('Free facts, kept and not written into the package'),
  url: text.describe('A home page of its own'),
  commit: text.describe('A commit of its own, written into the package'),
  checks: Checks.describe('Exceptions from lints'),
  test: Test.describe('How it is tested'),
  setcap: Setcap.describe('File capabilities'),
})

const monitorFilters = {
  'strip-prefix': text.describe('Taken off the front of each name'),
  'strip-suffix': text.describe('Taken off the end of each name'),
  'tag-filter-prefix': text.describe('Only tags that begin so'),
  'tag-filter-contains': text.describe('Only tags that have this in them'),
}
const Update = object({
  enabled: flag.describe('Whether new versions are looked for'),
  manual: flag.describe('Whether a person makes the updates'),
  'require-sequential': flag.describe('Takes one version after the other, never leaving one out'),
  shared: flag.describe('Whether others follow its version'),
  'version-separator': text.describe(
    'What stands between the parts of upstream’s versions, where it is no dot',
  ),
  'ignore-regex-patterns': list(goPattern).describe('Versions that are not taken'),
  'version-transform': list(
    object({
      match: goPattern.describe('What is found in upstream’s version'),
      replace: text.describe('What stands there instead'),
    }),
  ).describe('From upstream’s versions to apk’s, one after the other'),
  'exclude-reason': text.describe('Why it is not updated by itself'),
  'enable-prerelease-tags': flag.describe('Whether releases before the release are taken'),
  schedule: object({
    period: oneOf('daily', 'weekly', 'monthly').describe('How often'),
    reason: text.describe('Why so'),
  }).describe('How often it is looked for'),
  'release-monitor': object({
    identifier: whole.describe('The project’s number there'),
    'strip-prefix': monitorFilters['strip-prefix'],
    'strip-suffix': monitorFilters['strip-suffix'],
    'version-filter-contains': text.describe('Only versions that have this in them'),
    'version-filter-prefix': text.describe('Only versions that begin so'),
  })
    .describe('Versions are those that release-monitoring.org knows')
    .optional(),
  github: object({
    identifier: text.describe('OWNER/REPOSITORY'),
    ...monitorFilters,
    'tag-filter': text.describe('The older name of tag-filter-prefix'),
    'use-tag': flag.describe('Looks at tags rather than releases'),
  })
    .describe('Versions are the releases or tags of a GitHub repository')
    .optional(),
  git: object(monitorFilters)
    .describe('Versions are the tags of the repository of the first git-checkout')
    .optional(),
  oci: object({ identifier: text.describe('The image'), ...monitorFilters })
    .describe('Versions are the tags of an image')
    .optional(),
  version_data: object({
    version_format: text.describe('How a version is put together'),
    sources: list(
      object({
        name: text.describe('The source’s name'),
        stream: text.describe('The stream of versions that it gives'),
        ignore: list(goPattern).describe('Versions that are not taken'),
        commit_source: text.describe('Where commits come from'),
        use_release: flag.describe('Looks at releases rather than tags'),
      }),
    ).describe('Where the parts come from'),
  })
    .describe('Versions are put together of several sources')
    .optional(),
})

const PackageChange = object({
  add: texts.describe('Added to the build environment'),
  remove: texts.describe('Taken out of it'),
})

export const RecipeSchema = object({
  package: Package.describe('The main package'),
  environment: Environment.describe('What the build is run in'),
  capabilities: object({
    add: texts.describe('Given to the build: CAP_NET_ADMIN'),
    drop: texts.describe('Taken from it'),
  }).describe('Linux capabilities of the build'),
  pipeline: Steps.describe('The steps of the build, one after the other'),
  subpackages: list(Subpackage).describe('More packages of the same build'),
  data: list(
    object({
      name: someText.describe('What `range` calls it'),
      items: words.describe('${{range.key}} → ${{range.value}}'),
    }),
  ).describe('Lists over which subpackages range'),
  update: Update.describe('How new versions of upstream are found'),
  vars: words.describe('Variables: ${{vars.NAME}}'),
  'var-transforms': list(
    object({
      from: someText.describe('The text it begins with: ${{package.version}}'),
      match: goPattern.describe('What is looked for in it'),
      replace: text.describe('What stands there instead; $1 for a group'),
      to: someText.describe('The name of the new variable: ${{vars.NAME}}'),
    }),
  ).describe('Variables made of others'),
  options: map(
    object({
      vars: words.describe('Variables that it sets'),
      environment: object({
        contents: object({ packages: PackageChange.describe('Packages') }).describe('What is installed'),
      }).describe('How it changes the build environment'),
    }),
  ).describe('Ways to build it otherwise, by name: expand --build-option NAME'),
  test: Test.describe('How the main package is tested'),
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
