// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod'

/** What a project's page may come as: JSON (PEP 691), else HTML (PEP 503). */
export const PROJECT_PAGE_TYPES =
  'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1'

/** @param index the base URL of a simple repository. */
export function projectPageUrl(index: string, name: string): string {
  return `${index.replace(/\/+$/, '')}/${name.toLowerCase().replace(/[-_.]+/g, '-')}/`
}

/** The http or https URL of a file that a project's page lists, without its fragment. */
export function findProjectFile(page: string, file: string, pageUrl: string): string | undefined {
  for (const reference of referencesOf(page)) {
    const url = URL.parse(reference, pageUrl)
    if (url === null || !/^https?:$/.test(url.protocol) || lastName(url) !== file) continue
    url.hash = ''
    return url.href
  }
  return undefined
}

const Page = z.object({ files: z.array(z.object({ url: z.string() })) })

function referencesOf(page: string): string[] {
  if (!page.trimStart().startsWith('{'))
    return [...page.matchAll(/<a\s[^>]*?href\s*=\s*(["'])(.*?)\1/gis)].map(([, , href = '']) =>
      href.replaceAll('&amp;', '&'),
    )
  try {
    return Page.parse(JSON.parse(page)).files.map(({ url }) => url)
  } catch {
    // A page that nobody can read lists nothing.
    return []
  }
}

function lastName(url: URL): string | undefined {
  try {
    return decodeURIComponent(url.pathname.split('/').at(-1) ?? '')
  } catch {
    // No file of ours has a name that is not UTF-8.
    return undefined
  }
}
