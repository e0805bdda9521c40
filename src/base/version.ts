// SPDX-License-Identifier: Apache-2.0

/** Of Millrace, as package.json has it. */
export const VERSION = '0.1.0'
