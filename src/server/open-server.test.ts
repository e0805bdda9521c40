// SPDX-License-Identifier: Apache-2.0
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { literalFeed, literalServices } from '../../test/support/literal-catalog.ts'
import { isMillraceError } from '../base/index.ts'
import { makeApp, openAssets, openServer } from './index.ts'
import { listeningInodes } from './port-holder.ts'

async function open(port = 0, host = '127.0.0.1') {
  const stop = new AbortController()
  const assets = await openAssets('/nowhere')
  const events = literalFeed()
  const app = makeApp(literalServices({ events }), { assets, stop: stop.signal, emit: () => {} })
  return { stop, events, ...(await openServer({ app, host, port, signal: stop.signal })) }
}

describe('the server', () => {
  it('answers over real HTTP until it is closed', async () => {
    const server = await open()
    const response = await globalThis.fetch(`${server.url}/api/status`)
    expect(await response.json()).toMatchObject({ recipes: 10 })
    await server.close()
    await expect(globalThis.fetch(`${server.url}/api/status`)).rejects.toThrow()
  })

  it('ends open event streams when it stops', async () => {
    const server = await open()
    const response = await globalThis.fetch(`${server.url}/api/events`)
    server.stop.abort()
    expect(await response.text()).toMatch(/^retry: 2000\n\n/)
    await server.close()
  })

  it('says who holds a busy port, and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as AddressInfo
    const error = await open(port).catch((thrown: unknown) => thrown)
    other.close()
    expect(isMillraceError(error, 'PORT_BUSY')).toBe(true)
    expect(error).toMatchObject({
      what: `listening on 127.0.0.1:${port}`,
      why: expect.stringContaining(`(process ${process.pid}) listens there already`),
      fix: `stop it, or choose another port: --port ${port + 1}`,
    })
  })

  it('says so when the machine has no such address', async () => {
    await expect(open(0, '192.0.2.1')).rejects.toMatchObject({ code: 'SETTINGS_INVALID' })
  })
})

describe('the holder of a port', () => {
  it('is found by the inode of the socket that listens, not of one that is connected', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:1CCD 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 100 0 0 10 0',
      '   1: 0100007F:1CCD 0100007F:D2A4 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0 20 4 30 10 -1',
      '   2: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0',
    ].join('\n')
    expect(listeningInodes(table, 7373)).toEqual(['4711'])
    expect(listeningInodes(table, 80)).toEqual(['4713'])
    expect(listeningInodes('', 80)).toEqual([])
  })
})
