// SPDX-License-Identifier: Apache-2.0
declare module 'spdx-expression-parse' {
  /** @throws Error for text that is no license expression of SPDX 2.x, annex D. */
  export default function parse(expression: string): unknown
}
