// SPDX-License-Identifier: Apache-2.0
import type { RunConfig } from '../oci/index.ts'
import type { ImageFile } from './definition-schema.ts'
import { shellWords } from './shell-words.ts'

/** What a container has in its environment when its definition says nothing (apko.md §9). */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin',
  SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt',
}

/** How a container of the image starts. @param user the numeric uid, '' for none. */
export function runConfigOf(content: ImageFile, user: string, created: string): RunConfig {
  const { entrypoint } = content
  const fragment = entrypoint['shell-fragment']
  const argv = fragment === '' ? (shellWords(entrypoint.command) ?? []) : ['/bin/sh', '-c', fragment]
  const cmd = shellWords(content.cmd) ?? []
  const workDir = content['work-dir']
  const stopSignal = content['stop-signal']
  const environment = { ...ENVIRONMENT, ...content.environment }
  return {
    ...(user === '' ? {} : { User: user }),
    Env: Object.entries(environment)
      .map(([name, value]) => `${name}=${value}`)
      .sort(),
    ...(argv.length === 0 ? {} : { Entrypoint: argv }),
    ...(cmd.length === 0 ? {} : { Cmd: cmd }),
    ...(content.volumes.length === 0
      ? {}
      : { Volumes: Object.fromEntries(content.volumes.map((path) => [path, {}])) }),
    ...(workDir === '' ? {} : { WorkingDir: workDir }),
    ...(stopSignal === '' ? {} : { StopSignal: stopSignal }),
    Labels: annotationsOf(content, created),
  }
}

/** The labels of an image, and the annotations of its manifest: they are the same (apko.md §9). */
export function annotationsOf({ annotations }: ImageFile, created: string): Readonly<Record<string, string>> {
  return { ...annotations, 'org.opencontainers.image.created': created }
}
