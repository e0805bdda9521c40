// SPDX-License-Identifier: Apache-2.0
import { strayDirectory } from './python-packages.ts'

/** No `doc` or `docs` is right in `site-packages`: every program could import it, and several packages would have it. */
export const pythonDocs = strayDirectory('its documentation', 'doc', 'docs')
