// SPDX-License-Identifier: Apache-2.0
import type { ImageSummary, PasteLine } from './api.ts'

/**
 * What to type to pull an image.
 *
 * @param origin where the server is reached, such as `http://127.0.0.1:7373`.
 * @param reference `nginx:1.29` or `nginx@sha256:…`.
 */
export function pullLines(origin: string, reference: string): PasteLine[] {
  const { host, hostname, protocol } = new URL(origin)
  const plain = protocol === 'http:'
  const flag = (text: string) => (plain ? `${text} ` : '')
  // crane takes loopback and private addresses without TLS by itself.
  const craneFlag = hostname === 'localhost' || hostname.startsWith('127.') ? '' : flag('--insecure')
  const from = `${host}/${reference}`
  const name = reference.replace(/[:@].*/, '')
  return [
    { label: 'podman', command: `podman pull ${flag('--tls-verify=false')}${from}` },
    { label: 'skopeo', command: `skopeo copy ${flag('--src-tls-verify=false')}docker://${from} oci:${name}` },
    { label: 'crane', command: `crane pull ${craneFlag}${from} ${name}.tar` },
  ]
}

/** What to type to install packages from the repository, as root of a system that has apk. */
export function repositoryLines(origin: string, channel: string, keyNames: readonly string[]): PasteLine[] {
  const keys = keyNames.map((name) => ({
    label: 'trust the key',
    command: `wget -P /etc/apk/keys ${origin}/keys/${name}`,
  }))
  return [
    ...keys,
    { label: 'add the repository', command: `echo ${origin}/apk/${channel} >> /etc/apk/repositories` },
  ]
}

/** What a person who sees the factory for the first time would type next. */
export function nextLines(
  origin: string,
  images: readonly ImageSummary[],
  keyNames: readonly string[],
): PasteLine[] {
  const built = images.filter(({ digest, tags }) => digest !== null && tags.length > 0)
  const first = built.find(({ tested }) => tested === 'passed') ?? built[0]
  const pull = first === undefined ? [] : pullLines(origin, `${first.name}:${first.tags[0]}`)
  return [...pull, ...repositoryLines(origin, 'edge', keyNames)]
}
