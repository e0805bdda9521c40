// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { readSettings } from './settings.ts'

describe('what git may do', () => {
  it('is https, http and git, with the machine’s proxies and certificates, unless somebody says otherwise', () => {
    const { gitProtocols, gitEnvironment } = readSettings(
      {},
      { HOME: '/h', HTTPS_PROXY: 'p', SSL_CERT_FILE: '/c', GIT_DIR: '/x' },
    )
    expect(gitProtocols).toEqual(['https', 'http', 'git'])
    expect(gitEnvironment).toEqual({ HTTPS_PROXY: 'p', SSL_CERT_FILE: '/c' })
    expect(readSettings({}, { MILLRACE_GIT_PROTOCOLS: 'https, ssh' }).gitProtocols).toEqual(['https', 'ssh'])
  })

  it.each(['ext', 'https,', 'https ssh'])('is never %j', (text) => {
    expect(() => readSettings({}, { MILLRACE_GIT_PROTOCOLS: text })).toThrowError(
      expect.objectContaining({
        code: 'SETTINGS_INVALID',
        why: expect.stringContaining('expected names among https, http, git, ssh, file'),
      }),
    )
  })
})
