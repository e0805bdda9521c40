// SPDX-License-Identifier: Apache-2.0
import type { Distro } from './distro.ts'
import type { Services } from './services.ts'
import type { SourceFetcher } from './sources.ts'
import type { Released } from './working-plan.ts'

/** What the flow works with: the services, the distro, what was released before, and the sources. */
export interface Mill {
  readonly f: Services
  readonly distro: Distro
  readonly released: Released
  readonly sources: SourceFetcher
}
