// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod'
import { type Digest, isMillraceError } from '../../base/index.ts'
import type { BlobStore } from '../../store/index.ts'

/** Of a build plan's text, what is shown; older builders may have written less. */
const PlanText = z.object({
  license: z.string().catch(''),
  packages: z
    .array(
      z.object({
        name: z.string(),
        description: z.string().catch(''),
        url: z.string().catch(''),
        dependencies: z.object({ runtime: z.array(z.string()).catch([]) }).catch({ runtime: [] }),
      }),
    )
    .catch([]),
  sources: z
    .array(z.object({ uri: z.string(), sha256: z.string().catch(''), sha512: z.string().catch('') }))
    .catch([]),
  environment: z
    .array(z.object({ name: z.string(), version: z.string(), from: z.enum(['seed', 'distro']) }))
    .catch([]),
})
export type PlanText = z.infer<typeof PlanText>

const MAX_BYTES = 64 * 1024 ** 2

/** The plan that is the blob `digest`; null when the store lost it, or it is no plan: the facts in rows stand without it. */
export async function readPlanText(store: BlobStore, digest: Digest): Promise<PlanText | null> {
  try {
    const stored = await store.stat(digest)
    if (stored === undefined || stored.sizeBytes > MAX_BYTES) return null
    const chunks: Uint8Array[] = []
    for await (const chunk of store.read(digest)) chunks.push(chunk)
    return PlanText.safeParse(JSON.parse(Buffer.concat(chunks).toString('utf8'))).data ?? null
  } catch (error) {
    if (error instanceof SyntaxError || isMillraceError(error)) return null
    throw error
  }
}
