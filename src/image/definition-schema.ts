// SPDX-License-Identifier: Apache-2.0
import type { z } from 'zod'
import { imageConfiguration, oneOf, whole } from '../recipe/index.ts'

/** apko's image schema. Unknown keys are errors everywhere; scalars keep their source text, and a number makes a difference by not being there. */
export const ImageSchema = imageConfiguration(whole.unwrap().optional(), oneOf)

/** What an image YAML says; what it does not say is empty. */
export type ImageFile = z.output<typeof ImageSchema>
export type PathEntry = ImageFile['paths'][number]
export type UserEntry = ImageFile['accounts']['users'][number]
