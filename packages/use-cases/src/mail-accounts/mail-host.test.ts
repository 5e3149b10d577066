import { describe, expect, test } from 'vitest'
import { isPublicAddress, resolveMailHost } from './mail-host.ts'

const found =
  (...addresses: string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))

describe('mail hosts', () => {
  test('only addresses of the public internet are public', () => {
    for (const address of ['8.8.8.8', '172.15.0.1', '172.32.0.1', '100.63.0.1', '2606:4700::1111', '1.1.1.1'])
      expect([address, isPublicAddress(address)]).toEqual([address, true])
    for (const address of [
      '127.0.0.1',
      '127.255.1.1',
      '10.1.2.3',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
      '224.0.0.1',
      '255.255.255.255',
      '::',
      '::1',
      '::ffff:127.0.0.1',
      '::ffff:8.8.8.8',
      'fe80::1',
      'fc00::1',
      'fd12:3456::1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      '2001::1',
      'localhost',
      '',
    ])
      expect([address, isPublicAddress(address)]).toEqual([address, false])
  })

  test('a name that leads inside is refused, also when only one of its addresses does', async () => {
    for (const addresses of [['127.0.0.1'], ['8.8.8.8', '10.0.0.1'], ['::1'], ['2606:4700::1111', 'fd00::1']])
      await expect(resolveMailHost('mail.example.com', false, found(...addresses))).rejects.toMatchObject({
        code: 'mail-host-private',
        field: 'host',
      })
    for (const host of ['127.0.0.1', '::1', '10.0.0.1'])
      await expect(resolveMailHost(host, false)).rejects.toMatchObject({ code: 'mail-host-private' })
    // Other spellings of loopback, through the system's resolver.
    for (const host of ['localhost', '2130706433', '0x7f.1'])
      await expect(resolveMailHost(host, false)).rejects.toMatchObject({
        code: expect.stringMatching(/^mail-(host-private|server-unreachable)$/),
      })
  })

  test('the answer is an address, so that what was checked is what is connected to', async () => {
    expect(await resolveMailHost('mail.example.com', false, found('2606:4700::1111', '8.8.8.8'))).toBe('8.8.8.8')
    expect(await resolveMailHost('mail.example.com', true, found('127.0.0.1'))).toBe('127.0.0.1')
  })

  test('a name without an address is unreachable', async () => {
    await expect(resolveMailHost('mail.example.com', true, found())).rejects.toMatchObject({ code: 'mail-server-unreachable' })
    const fails = async () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }))
    await expect(resolveMailHost('nope.example.com', true, fails)).rejects.toMatchObject({
      code: 'mail-server-unreachable',
      params: { response: 'nope.example.com: ENOTFOUND' },
    })
  })
})
