// SPDX-License-Identifier: Apache-2.0
import { useQuery } from '@tanstack/react-query'
import { formatCount } from '../../src/base/words.ts'
import { queries } from '../api.ts'
import { Answer } from '../parts/answers.tsx'
import { ChannelList } from '../parts/channel-list.tsx'
import { PasteLines } from '../parts/copy.tsx'
import { Counts } from '../parts/counts.tsx'
import { Failures } from '../parts/failures.tsx'
import { Flow } from '../parts/flow.tsx'
import { Notices, Recent } from '../parts/recent.tsx'
import { Running, Waiting } from '../parts/running.tsx'
import { useLive } from '../parts/use-live.ts'
import { Section, useTitle } from '../parts/words.tsx'

/** What the factory does at this moment, what came of what it did, and how to use what it made. */
export function NowPage() {
  const { progress } = useLive()
  const running = progress.running.length
  useTitle(running === 0 ? '' : `${running} running`)
  const status = useQuery(queries.status())
  const paste = useQuery(queries.paste())
  return (
    <>
      <Flow />
      {status.data !== undefined && <Counts status={status.data} />}
      <div className="columns">
        <div>
          <Failures status={status.data ?? null} progress={progress} />
          <Running progress={progress} />
          <Waiting waiting={progress.waiting} />
          <Recent recent={progress.recent} />
        </div>
        <aside aria-label="What came of it">
          <Section title="Use it" id="use">
            <Answer query={paste} lines={4}>
              {(lines) => <PasteLines lines={lines} />}
            </Answer>
          </Section>
          <Section title="Channels" id="channels">
            <Answer query={status} lines={3}>
              {({ channels }) => <ChannelList channels={channels} />}
            </Answer>
          </Section>
          <Notices notices={progress.notices} />
        </aside>
      </div>
      {status.data !== undefined && (
        <p className="colophon">
          Millrace {status.data.version} for {status.data.arch}, {formatCount(status.data.recipes, 'recipe')}
        </p>
      )}
    </>
  )
}
