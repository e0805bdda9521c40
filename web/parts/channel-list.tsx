// SPDX-License-Identifier: Apache-2.0

import { formatBytes, formatCount } from '../../src/base/words.ts'
import type { ChannelStatus } from '../../src/server/api.ts'
import { Empty } from './answers.tsx'
import { ChannelChip } from './badge.tsx'
import { Ago } from './words.tsx'

export function ChannelList({ channels }: { readonly channels: readonly ChannelStatus[] }) {
  if (channels.length === 0)
    return <Empty title="Nothing is published yet">The first package that passes its tests opens edge.</Empty>
  return (
    <ul className="channels">
      {channels.map(({ name, arch, packages, sizeBytes, generation, publishedAt }) => (
        <li key={`${name} ${arch}`}>
          <ChannelChip channel={name} />
          <span>
            <strong>{formatCount(packages, 'package')}</strong>, {formatBytes(sizeBytes)}
            <span className="quiet">
              {arch} · generation {generation} · <Ago at={publishedAt} />
            </span>
          </span>
        </li>
      ))}
    </ul>
  )
}
