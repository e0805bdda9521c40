// SPDX-License-Identifier: Apache-2.0

export const PAYLOAD_TYPE = 'application/vnd.in-toto+json'

/** DSSE v1, protocol.md: what is signed, so that a payload cannot be taken for one of another type. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const type = Buffer.from(payloadType)
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${type.length} `),
    type,
    Buffer.from(` ${payload.length} `),
    payload,
  ])
}
