// SPDX-License-Identifier: Apache-2.0
import { type AttestedSource, signStatement, slsaProvenance } from '../../attest/index.ts'
import { VERSION } from '../../base/index.ts'
import { compilerOptionsOf, type PlannedSource } from '../../plan/index.ts'
import type { DistroRecipe } from '../distro.ts'
import type { StoredDocument } from '../ledger.ts'
import type { Services } from '../services.ts'
import type { WorkingPlan } from '../working-plan.ts'
import type { Built } from './build.ts'

/** As the sigstore bundle format 0.3 names itself. */
export const BUNDLE_MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const SPDX_MEDIA_TYPE = 'application/spdx+json'

/** Says of every package of a build what it is made of and how: its SBOM, and one signed statement of provenance over all of them. Said once. */
export async function attestPackages(
  f: Services,
  recipe: DistroRecipe,
  { plan, key, packageFiles }: WorkingPlan,
  { packages, attempt }: Built,
): Promise<void> {
  const known = await Promise.all(packages.map(({ file }) => f.ledger.documents(file)))
  if (known.every((documents) => documents.length === 2)) return
  const { namespace, arch } = plan
  const statement = slsaProvenance({
    subjects: packages.map(({ record, file }) => ({
      name: `${record.name}-${record.version}.apk`,
      digest: file,
    })),
    namespace,
    name: plan.recipe.name,
    version: plan.recipe.fullVersion,
    arch,
    recipe: { path: `packages/${recipe.name}.yaml`, digest: recipe.digest },
    buildKey: key,
    sourceDateEpoch: plan.sourceDateEpoch,
    sources: plan.sources.map(attestedSource),
    files: plan.files.map(({ path, digest }) => ({ path: `packages/${recipe.name}/${path}`, digest })),
    environment: plan.environment.map((one) => ({
      namespace: one.from === 'seed' ? 'seed' : namespace,
      name: one.name,
      version: one.version,
      arch,
      datahash: one.datahash,
      file: packageFiles.get(one.datahash),
      from: one.from,
    })),
    compilerOptions: compilerOptionsOf(plan, recipe.expanded.environment.packages),
    run: {
      builder: { id: 'https://millrace.dev/builder/v1', version: { millrace: VERSION } },
      invocationId: key,
      startedOn: attempt.startedAt,
      finishedOn: new Date(attempt.startedAt.getTime() + attempt.durationMs),
      log: attempt.log,
    },
  })
  const bundle = await f.store.putBytes(await signStatement(statement, f.keys.attestation))
  for (const { file, sbom } of packages) {
    const documents: StoredDocument[] = [
      { kind: 'sbom', digest: sbom.digest, mediaType: SPDX_MEDIA_TYPE, sizeBytes: sbom.sizeBytes },
      {
        kind: 'provenance',
        digest: bundle.digest,
        mediaType: BUNDLE_MEDIA_TYPE,
        sizeBytes: bundle.sizeBytes,
      },
    ]
    await f.ledger.recordDocuments(file, documents)
  }
}

function attestedSource({ kind, uri, sha256, sha512, inputs }: PlannedSource): AttestedSource {
  if (kind === 'fetch') return { kind, uri, sha256, sha512 }
  return { kind, repository: uri, tag: inputs['tag'] ?? '', commit: inputs['expected-commit'] ?? '' }
}
