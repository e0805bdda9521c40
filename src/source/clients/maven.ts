// SPDX-License-Identifier: Apache-2.0
import { access, mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, isSystemError } from '../../base/index.ts'
import { absent, type Mirror } from '../mirror.ts'
import type { PackageFile } from '../source.ts'
import {
  type ClientServices,
  clientEnvironment,
  complaint,
  registryMirror,
  runClient,
} from './registry-client.ts'

/** Artefacts from the Maven repositories that the user's mvn is configured for: `maven:GROUP:ARTIFACT=VERSION/ARTIFACT-VERSION[-CLASSIFIER].TYPE`. */
export function mavenRepository(f: ClientServices & { readonly dataDirectory: string }): Mirror {
  // Maven's own plug-ins are 10 MB: they are kept.
  const repository = join(f.dataDirectory, 'clients', 'maven')
  return registryMirror({
    kind: 'maven',
    name: /^\w[\w.-]*:\w[\w.-]*$/,
    version: /^\w[\w.+-]*$/,
    fetch: async (wanted, { directory, signal }, place) => {
      const artifact = parseMavenFile(wanted)
      if (artifact === null)
        return absent(place, `its files are named ${nameOf(wanted)}-${wanted.version}[-CLASSIFIER].TYPE`)
      await mkdir(repository, { recursive: true })
      const command = mavenCommand(artifact, repository, directory, clientEnvironment(f, {}))
      const exited = await runClient(f, command, signal)
      if (exited.code !== 0) return absent(place, complaint(exited))
      const path = join(directory, wanted.file)
      const moved = await moveIfThere(join(repository, pathOf(artifact, wanted.file)), path)
      return moved ? { status: 'found', path, place } : absent(place, `it has no file ${wanted.file}`)
    },
  })
}

export interface MavenArtifact {
  readonly group: string
  readonly artifact: string
  readonly version: string
  readonly classifier: string
  readonly type: string
}

const nameOf = ({ name }: PackageFile) => name.slice(name.indexOf(':') + 1)

/** Null when the file's name does not begin with the artefact's name and version, as the repository layout wants it. */
export function parseMavenFile(wanted: PackageFile): MavenArtifact | null {
  const { name, version, file } = wanted
  const artifact = nameOf(wanted)
  const stem = `${artifact}-${version}`
  const [, classifier = '', type] =
    (file.startsWith(stem) && /^(?:-([\w+-]+))?\.([a-z][\w.]*)$/.exec(file.slice(stem.length))) || []
  if (type === undefined) return null
  return { group: name.slice(0, name.indexOf(':')), artifact, version, classifier, type }
}

/** Downloads one artefact, none that it depends on, into a local repository of our own. */
export function mavenCommand(
  { group, artifact, version, classifier, type }: MavenArtifact,
  repository: string,
  directory: string,
  env: Readonly<Record<string, string>>,
): Command {
  const coordinates = [group, artifact, version, type, ...(classifier === '' ? [] : [classifier])].join(':')
  return {
    program: 'mvn',
    args: [
      '--batch-mode',
      '--quiet',
      // Without it, an artefact that was once absent stays so for a day.
      '--update-snapshots',
      `-Dmaven.repo.local=${repository}`,
      '-Dstyle.color=never',
      'dependency:get',
      `-Dartifact=${coordinates}`,
      '-Dtransitive=false',
    ],
    env,
    cwd: directory,
  }
}

const pathOf = ({ group, artifact, version }: MavenArtifact, file: string) =>
  join(...group.split('.'), artifact, version, file)

/** A file that stayed there would be given again even if its bytes are wrong. */
async function moveIfThere(from: string, to: string): Promise<boolean> {
  try {
    await access(from)
    await rename(from, to)
    return true
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return false
    throw error
  }
}
