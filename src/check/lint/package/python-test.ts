// SPDX-License-Identifier: Apache-2.0
import { strayDirectory } from './python-packages.ts'

/** No `test` or `tests` is right in `site-packages`: every program could import it, and several packages would have it. */
export const pythonTest = strayDirectory('its tests', 'test', 'tests')
