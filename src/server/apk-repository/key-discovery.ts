// SPDX-License-Identifier: Apache-2.0
import { formatJwks, type Keyring } from '../../keys/index.ts'
import { type Content, contentOf, jsonContent, REVALIDATE } from '../answer.ts'

/** What apko asks a repository for before it trusts a key of it: where its keys are. The address has to be whole. */
export function configurationContent(origin: string): Content {
  return jsonContent({ jwks_uri: `${origin}/apk/keys.json` })
}

/** The keys as a JSON Web Key Set (RFC 7517 §8.5.1 names the media type); only RSA keys sign packages. */
export function keySetContent(keys: Keyring): Content {
  const rsa = new Map([...keys].filter(([name]) => name.endsWith('.rsa.pub')))
  return contentOf(new TextEncoder().encode(formatJwks(rsa)), 'application/jwk-set+json', REVALIDATE)
}
