// SPDX-License-Identifier: Apache-2.0
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Digest, digestOf, isSystemError, type Location, MillraceError, shown } from '../base/index.ts'
import type { ImageFile } from './definition-schema.ts'
import { imageInvalid } from './invalid.ts'
import { mergeInclude } from './merge-include.ts'
import { type ParsedImage, parseImage } from './parse-definition.ts'
import { type ImageSheet, parseImageSheet } from './sheet.ts'

/** An image as the distro defines it: what it is made of, and what is told about it and demanded of it. */
export interface ImageDefinition {
  /** Also the name of its repository in the registry. */
  readonly name: string
  /** As messages name it. */
  readonly file: string
  /** Of the file's bytes. */
  readonly digest: Digest
  /** Includes merged. */
  readonly content: ImageFile
  readonly sheet: ImageSheet
  /** The place of something in the image's own file. */
  readonly at: (path: readonly PropertyKey[]) => Location
}

/** A name of a repository in one part (OCI distribution spec, "Pulling manifests"). */
const NAME = /^[a-z\d]+(?:(?:\.|_|__|-+)[a-z\d]+)*$/

/**
 * Reads `NAME.yaml`, what it includes, and `NAME.test.yaml` of a directory of image definitions.
 *
 * @param shownDirectory how messages name the directory.
 * @throws MillraceError IMAGE_INVALID, NOT_FOUND
 */
export async function readImage(
  directory: string,
  name: string,
  shownDirectory = directory,
): Promise<ImageDefinition> {
  const file = join(shownDirectory, `${name}.yaml`)
  if (!NAME.test(name) || name.length > 128)
    throw imageInvalid(
      `reading ${file}`,
      `${shown(name)} cannot name an image in a registry`,
      'use lower-case letters and digits, with . _ - between them',
    )
  const read = (wanted: string) => readText(join(directory, wanted), join(shownDirectory, wanted))
  const text = await read(`${name}.yaml`)
  const own = parseImage(text, file)
  const content = await withIncludes(own, [`${name}.yaml`], async (wanted) =>
    parseImage(await read(wanted), join(shownDirectory, wanted)),
  )
  const sheetFile = `${name}.test.yaml`
  const sheet = parseImageSheet(await read(sheetFile), join(shownDirectory, sheetFile))
  return { name, file, digest: digestOf(text), content, sheet, at: (path) => own.locate(path) }
}

/** @param chain the files that lead here, outermost first. */
export async function withIncludes(
  image: ParsedImage,
  chain: readonly string[],
  read: (file: string) => Promise<ParsedImage>,
): Promise<ImageFile> {
  const { include } = image.content
  if (include === '') return image.content
  const refuse = (why: string, fix: string) =>
    imageInvalid(`following include of ${image.file}`, why, fix, image.locate(['include']))
  if (include.startsWith('/') || include.split('/').includes('..') || /^[a-z]+:|^git/i.test(include))
    throw refuse(
      `${shown(include)} is not a file beside it`,
      'name a file of the same directory, or of one below it',
    )
  if (chain.includes(include))
    throw refuse(`the files include each other: ${[...chain, include].join(' → ')}`, 'break the circle')
  const base = await read(include)
  return mergeInclude(await withIncludes(base, [...chain, include], read), image.content)
}

async function readText(path: string, file: string): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size > MAX_BYTES)
      throw imageInvalid(
        `reading ${file}`,
        `it has ${size} bytes, an image definition has at most ${MAX_BYTES}`,
        'check that it is the right file',
      )
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (!isSystemError(cause, 'ENOENT', 'ENOTDIR', 'EISDIR')) throw cause
    throw new MillraceError('NOT_FOUND', {
      what: `reading ${file}`,
      why: 'there is no such file',
      fix: file.endsWith('.test.yaml')
        ? 'add it: it says what the image is for, its tags, and how it is tested'
        : 'check the name of the image',
      cause,
    })
  }
}

const MAX_BYTES = 1024 ** 2
