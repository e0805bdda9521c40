// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto'
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestOf, isMillraceError, runCommand } from '../base/index.ts'
import { formatJwks, loadKeyring, loadKeys } from './index.ts'

let root: string
let made: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-keys-'))
  made = join(root, 'made')
  await loadKeys(made)
})
afterAll(() => rm(root, { recursive: true, force: true }))

const bytes = Buffer.from('what is signed')
const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString()
const ofType = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  small: generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey,
  ecdsa: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  ed25519: generateKeyPairSync('ed25519').privateKey,
}

/** A directory with the given key files, mode 0600. */
async function directoryOf(name: string, files: Record<string, string>): Promise<string> {
  const directory = join(root, name)
  await mkdir(directory, { mode: 0o700 })
  for (const [file, text] of Object.entries(files))
    await writeFile(join(directory, file), text, { mode: 0o600 })
  return directory
}

describe('the keys of a directory', () => {
  it('are made at the first load and the same at the next', async () => {
    const [first, second] = [await loadKeys(made), await loadKeys(made)]
    expect(second.apk.publicPem).toBe(first.apk.publicPem)
    expect(second.attestation.fingerprint).toBe(first.attestation.fingerprint)
    expect(createPublicKey(first.apk.publicPem).asymmetricKeyDetails?.modulusLength).toBe(4096)
    expect(createPublicKey(first.attestation.publicPem).asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
    expect(first.apk.fingerprint).toBe(
      digestOf(createPublicKey(first.apk.publicPem).export({ type: 'spki', format: 'der' })),
    )
  })

  it('are named after the public key, private files for their owner alone', async () => {
    const { apk, attestation } = await loadKeys(made)
    const hex = apk.fingerprint.slice('sha256:'.length).slice(0, 8)
    expect(apk.keyName).toBe(`millrace-${hex}.rsa`)
    expect(apk.publicKeyName).toBe(`millrace-${hex}.rsa.pub`)
    expect(await readdir(made)).toEqual(
      [apk.keyName, apk.publicKeyName, attestation.keyName, attestation.publicKeyName].sort(),
    )
    for (const { keyName } of [apk, attestation])
      expect((await stat(join(made, keyName))).mode & 0o777).toBe(0o600)
    expect((await stat(made)).mode & 0o777).toBe(0o700)
    expect(await readFile(join(made, apk.keyName), 'utf8')).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/)
    expect(await readFile(join(made, apk.publicKeyName), 'utf8')).toBe(apk.publicPem)
    expect(apk.publicPem).toMatch(/^-----BEGIN PUBLIC KEY-----\n/)
  })

  it('sign what their public halves verify, and nothing else', async () => {
    const keys = await loadKeys(made)
    for (const signer of [keys.apk, keys.attestation]) {
      const signature = await signer.sign(bytes)
      expect(verify('sha256', bytes, signer.publicPem, signature)).toBe(true)
      expect(verify('sha256', Buffer.from('something else'), signer.publicPem, signature)).toBe(false)
    }
  })

  it('sign what openssl verifies', async ({ skip }) => {
    const found = await runCommand({ program: 'openssl', args: ['version'] }).catch(() => undefined)
    if (found?.code !== 0) return skip('openssl is not installed')
    const keys = await loadKeys(made)
    for (const signer of [keys.apk, keys.attestation]) {
      const [file, signature] = [join(root, 'signed'), join(root, 'signature')]
      await writeFile(file, bytes)
      await writeFile(signature, await signer.sign(bytes))
      const verified = await runCommand({
        program: 'openssl',
        args: ['dgst', '-sha256', '-verify', join(made, signer.publicKeyName), '-signature', signature, file],
      })
      expect(verified.code).toBe(0)
    }
  })

  it('get their public file back when it is lost', async () => {
    const directory = await directoryOf('lost', { 'a.rsa': pem(ofType.rsa) })
    const { apk } = await loadKeys(directory)
    expect(apk.keyName).toBe('a.rsa')
    expect(await readFile(join(directory, 'a.rsa.pub'), 'utf8')).toBe(apk.publicPem)
  })

  it('may be links, as mounted secrets are', async () => {
    const elsewhere = await directoryOf('secrets', { key: pem(ofType.rsa) })
    const directory = await directoryOf('links', {})
    await symlink(join(elsewhere, 'key'), join(directory, 'a.rsa'))
    expect((await loadKeys(directory)).apk.keyName).toBe('a.rsa')
  })

  it('show no key material when printed', async () => {
    const { apk } = await loadKeys(made)
    const secret = (await readFile(join(made, apk.keyName), 'utf8')).split('\n')[5] ?? ''
    expect(secret).toHaveLength(64)
    const shown = inspect(apk, { depth: 9, showHidden: true }) + JSON.stringify(apk)
    expect(shown).not.toContain(secret)
    expect(shown).not.toContain('PRIVATE')
  })
})

describe('a key is refused', () => {
  const rsa = pem(ofType.rsa)
  it.each<[string, Record<string, string>, RegExp]>([
    ['that is no PEM', { 'a.rsa': 'hello' }, /found something that is none/],
    ['that is too small', { 'a.rsa': pem(ofType.small) }, /2048 bits or more/],
    ['that is of another type', { 'a.rsa': pem(ofType.ed25519) }, /a key of type ed25519/],
    ['on another curve', { 'a.ecdsa': pem(ofType.p384) }, /P-256/],
    [
      'that is encrypted',
      {
        'a.rsa': ofType.rsa
          .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' })
          .toString(),
      },
      /an unencrypted RSA key/,
    ],
    [
      'when there are two of a kind',
      { 'a.rsa': rsa, 'b.rsa': rsa },
      /2 private keys of one kind: a.rsa, b.rsa/,
    ],
    [
      'whose public file is another key’s',
      {
        'a.rsa': rsa,
        'a.rsa.pub': createPublicKey(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)
          .export({ type: 'spki', format: 'pem' })
          .toString(),
      },
      /not the public half of a.rsa/,
    ],
    [
      'whose public file holds the private key',
      { 'a.rsa': rsa, 'a.rsa.pub': rsa },
      /in the file of a public one/,
    ],
  ])('%s', async (name, files, why) => {
    const directory = await directoryOf(`refused ${name}`, files)
    const error = await loadKeys(directory).catch((thrown: unknown) => thrown)
    expect(isMillraceError(error, 'KEY_INVALID')).toBe(true)
    expect(error).toMatchObject({ why: expect.stringMatching(why) })
    for (const text of Object.values(files))
      for (const line of text.split('\n').filter((one) => one.length > 30))
        expect(inspect(error, { depth: 9 })).not.toContain(line)
  })

  it('that other users can read', async () => {
    const directory = await directoryOf('open', { 'a.rsa': rsa })
    await chmod(join(directory, 'a.rsa'), 0o640)
    await expect(loadKeys(directory)).rejects.toMatchObject({
      code: 'KEY_INVALID',
      why: expect.stringContaining('mode 0640'),
      fix: expect.stringContaining('chmod 600'),
    })
  })

  it('in a directory that other users may write to', async () => {
    const directory = await directoryOf('shared', { 'a.rsa': rsa })
    await chmod(directory, 0o777)
    await expect(loadKeys(directory)).rejects.toMatchObject({ code: 'KEY_INVALID' })
  })

  it('that is a directory, or endless', async () => {
    const directory = await directoryOf('odd', {})
    await mkdir(join(directory, 'a.rsa'))
    await expect(loadKeys(directory)).rejects.toMatchObject({ code: 'KEY_INVALID' })
    await rm(join(directory, 'a.rsa'), { recursive: true })
    await symlink('/dev/zero', join(directory, 'a.rsa'))
    await expect(loadKeys(directory)).rejects.toMatchObject({ code: 'KEY_INVALID' })
  })
})

describe('the keyring', () => {
  it('keeps the public key of a private key that was taken away', async () => {
    const directory = await directoryOf('rotated', {
      'old.rsa': pem(ofType.rsa),
      'b.ecdsa': pem(ofType.ecdsa),
    })
    const old = await loadKeys(directory)
    await rename(join(directory, 'old.rsa'), join(root, 'retired'))
    const next = await loadKeys(directory)
    expect(next.apk.publicPem).not.toBe(old.apk.publicPem)
    const { apk, attestation } = await loadKeyring(directory)
    expect([...apk.keys()]).toEqual([next.apk.publicKeyName, 'old.rsa.pub'])
    expect(apk.get('old.rsa.pub')).toBe(old.apk.publicPem)
    expect([...attestation.keys()]).toEqual(['b.ecdsa.pub'])
  })

  it('of a directory that is not there is empty, and none is made', async () => {
    expect((await loadKeyring(join(root, 'nowhere'))).apk.size).toBe(0)
    await expect(stat(join(root, 'nowhere'))).rejects.toThrow('ENOENT')
  })

  it('is a JSON Web Key Set whose kid gives back the file name', async () => {
    const { apk } = await loadKeyring(made)
    const { keys } = JSON.parse(formatJwks(apk)) as {
      keys: { kid: string; kty: string; n: string; e: string }[]
    }
    expect(keys.map(({ kid }) => `${kid}.rsa.pub`)).toEqual([...apk.keys()])
    const [key] = keys
    const again = createPublicKey({
      format: 'jwk',
      key: { kty: key?.kty ?? '', n: key?.n ?? '', e: key?.e ?? '' },
    })
    expect(again.export({ type: 'spki', format: 'pem' })).toBe([...apk.values()][0])
  })
})
