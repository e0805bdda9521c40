// SPDX-License-Identifier: Apache-2.0
import { type AttestedSource, packageSpdx } from '../attest/index.ts'
import type { BuildPlan, PlannedOutput, PlannedSource } from '../plan/index.ts'

/**
 * The SPDX document of a package, which lies within it: so it tells what the plan tells of sources, and nothing of the environment, lest every change of a tool change every
 * package. The environment and the recipe's file are in the provenance.
 */
export function sbomOf(
  plan: BuildPlan,
  output: PlannedOutput,
  licenseConcluded: string | null = null,
): string {
  const { namespace, arch, recipe, license, sources, files, builder, sourceDateEpoch } = plan
  return packageSpdx({
    namespace,
    name: output.name,
    version: recipe.fullVersion,
    arch,
    origin: recipe.name,
    description: output.description,
    license,
    licenseConcluded,
    supplier: namespace,
    created: sourceDateEpoch,
    builderVersion: builder.version,
    files: files.map(({ path, digest }) => ({ path: `${recipe.name}/${path}`, digest })),
    sources: sources.map(attested),
  })
}

function attested({ kind, uri, sha256, sha512, inputs }: PlannedSource): AttestedSource {
  if (kind === 'fetch') return { kind, uri, sha256, sha512 }
  return { kind, repository: uri, tag: inputs['tag'] ?? '', commit: inputs['expected-commit'] ?? '' }
}
