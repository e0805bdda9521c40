// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { HOST_ENV, runCommand } from '../../src/base/index.ts'

/** Repositories of an upstream below one directory, made by the machine's git with nothing of its user's. */
export interface GitUpstream {
  readonly root: string
  /** Runs a script in a repository's work tree, which is made when it is not there. @returns what it prints. */
  sh(name: string, script: string): Promise<string>
  /** The full name of a revision. */
  commit(name: string, revision: string): Promise<string>
}

export function openGitUpstream(root: string): GitUpstream {
  const env = {
    ...HOST_ENV,
    ...{ HOME: root, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
    ...{ GIT_AUTHOR_NAME: 'Ann', GIT_AUTHOR_EMAIL: 'ann@example.org', GIT_AUTHOR_DATE: '@1600000000 +0000' },
    ...{ GIT_COMMITTER_NAME: 'Cem', GIT_COMMITTER_EMAIL: 'cem@example.org' },
    ...{ GIT_COMMITTER_DATE: '@1600000000 +0000', GIT_ALLOW_PROTOCOL: 'file' },
  }
  const sh = async (name: string, script: string) => {
    const cwd = join(root, name)
    await mkdir(cwd, { recursive: true })
    const text = `set -eu; [ -d .git ] || git init -q -b main; ${script}`
    const exited = await runCommand({ program: 'bash', args: ['-c', text], cwd, env })
    if (exited.code !== 0) throw new Error(`${script}: ${exited.stderr}`)
    return exited.stdout.trim()
  }
  return { root, sh, commit: (name, revision) => sh(name, `git rev-parse --verify '${revision}'`) }
}

export interface GitHttpServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`; repositories lie below it as below the root. */
  readonly url: string
  /** Every request, as `METHOD PATH?QUERY`, with the user that it named. */
  readonly requests: { readonly line: string; readonly authorization: string | undefined }[]
  /** Answers for the server, when it is set and returns true. */
  interfere: ((request: IncomingMessage, response: ServerResponse) => boolean) | null
}

/** Serves repositories over HTTP on the loopback: by git-http-backend(1), or as plain files, which is git's dumb protocol. */
export async function serveGit(root: string, kind: 'smart' | 'dumb'): Promise<GitHttpServer> {
  const requests: GitHttpServer['requests'] = []
  const server = createServer((request, response) => {
    requests.push({ line: `${request.method} ${request.url}`, authorization: request.headers.authorization })
    if (opened.interfere?.(request, response)) return
    if (kind === 'smart') backend(root, request, response)
    else void plainFile(root, request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const opened: GitHttpServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    interfere: null,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
  return opened
}

/** CGI 1.1 (RFC 3875), as far as git's backend speaks it. */
function backend(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const child = spawn('git', ['http-backend'], {
    env: {
      ...HOST_ENV,
      ...{ GIT_PROJECT_ROOT: root, GIT_HTTP_EXPORT_ALL: '1', REQUEST_METHOD: request.method ?? 'GET' },
      ...{ PATH_INFO: url.pathname, QUERY_STRING: url.search.slice(1), HOME: root },
      ...{ CONTENT_TYPE: request.headers['content-type'] ?? '', REMOTE_ADDR: '127.0.0.1' },
      ...{ HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? '') },
      ...{ GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''), GIT_CONFIG_GLOBAL: '/dev/null' },
    },
  })
  child.on('error', () => response.writeHead(500).end())
  child.stdin.on('error', () => {})
  request.pipe(child.stdin)
  let head: Buffer | null = Buffer.alloc(0)
  child.stdout.on('data', (chunk: Buffer) => {
    if (head === null) return void response.write(chunk)
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end === -1) return
    const fields = head
      .subarray(0, end)
      .toString()
      .split('\r\n')
      .map((line) => line.split(/: */) as [string, string])
    const status = fields.find(([name]) => name === 'Status')?.[1] ?? '200'
    for (const [name, value] of fields) if (name !== 'Status') response.setHeader(name, value)
    response.writeHead(Number.parseInt(status, 10)).write(head.subarray(end + 4))
    head = null
  })
  child.stdout.on('end', () => response.end())
}

async function plainFile(root: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = join(root, new URL(request.url ?? '/', 'http://localhost').pathname)
  const isFile = await stat(path).then(
    (one) => one.isFile(),
    () => false,
  )
  if (!isFile) return void response.writeHead(404).end()
  createReadStream(path).pipe(response)
}

/** Writes an object that git itself refuses to make, such as a tree with `..` in it. @returns its name. */
export async function writeRawObject(
  upstream: GitUpstream,
  name: string,
  type: string,
  bytes: Uint8Array,
): Promise<string> {
  const path = join(upstream.root, `${name}.raw`)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, bytes)
  return upstream.sh(name, `git hash-object -t ${type} -w --literally '${path}'`)
}
