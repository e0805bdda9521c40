// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative } from 'node:path'
import { isSystemError } from '../base/index.ts'
import { type Content, contentOf, IMMUTABLE, REVALIDATE } from './answer.ts'

/** The built web page, whole in memory: a path is looked up in it, never on the disk. */
export interface Assets {
  /** @param path as in the URL, such as `/assets/index-1a2b3c.js`. */
  get(path: string): Content | undefined
  /** The page itself, for every path that is one of its views. */
  readonly page: Content
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Millrace</title>
<h1>The page is not built yet</h1><p>Type <code>npm start</code>, or <code>npx vite build web</code> in the checkout. The API at <a href="/api/status">/api/status</a> works without it.</p></html>
`

/** Reads `web/dist`; a directory that is not there gives a page that says how to build it. */
export async function openAssets(directory: string): Promise<Assets> {
  const files = new Map<string, Content>()
  for (const path of await filesBelow(directory)) {
    const bytes = await readFile(path)
    const url = `/${relative(directory, path)}`
    const mediaType = MEDIA_TYPES[extname(path)] ?? 'application/octet-stream'
    // The bundler puts a hash of its content into the name of every file below assets/.
    const cacheControl = url.startsWith('/assets/') ? IMMUTABLE : REVALIDATE
    files.set(url, contentOf(new Uint8Array(bytes), mediaType, cacheControl))
  }
  const page = files.get('/index.html') ?? notBuilt()
  return { get: (path) => files.get(path), page }
}

function notBuilt(): Content {
  return contentOf(new TextEncoder().encode(NOT_BUILT), 'text/html; charset=utf-8', REVALIDATE)
}

async function filesBelow(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return []
    throw error
  }
}
