import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { Refusal } from '@cartera/domain/refusal'

// Everything that is not a public unicast address: private, loopback, link-local, carrier NAT, documentation, multicast.
const notPublic = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  notPublic.addSubnet(network, prefix, 'ipv4')
// Public IPv6 is 2000::/3 only; what lies in it and leads elsewhere (6to4, Teredo, documentation) is refused too.
const globalIpv6 = new BlockList()
globalIpv6.addSubnet('2000::', 3, 'ipv6')
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  notPublic.addSubnet(network, prefix, 'ipv6')

/** Whether an IP address is one of the public internet. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !notPublic.check(address, 'ipv4')
  return family === 6 && globalIpv6.check(address, 'ipv6') && !notPublic.check(address, 'ipv6')
}

/**
 * What can be told of a host without asking anybody: an address that is not public, or this machine's own name. Names are resolved when a
 * connection is made (`resolveMailHost`), not here. Refuses `mail-host-private` at `field`.
 */
export function refusePrivateHost(host: string, allowPrivate: boolean, field = 'host'): void {
  const name = host.toLowerCase()
  const own = name === 'localhost' || name.endsWith('.localhost')
  if (!allowPrivate && (own || (isIP(host) !== 0 && !isPublicAddress(host)))) throw new Refusal('mail-host-private', { field })
}

type Lookup = (host: string) => Promise<readonly { address: string; family: number }[]>
const systemLookup: Lookup = (host) => lookup(host, { all: true })

/**
 * The address to connect to for a mail host: resolved once, so that what was checked is what is connected to. Refuses
 * `mail-host-private` when any of its addresses is not public (unless allowed), `mail-server-unreachable` when there is none.
 */
export async function resolveMailHost(host: string, allowPrivate: boolean, find: Lookup = systemLookup): Promise<string> {
  let found: readonly { address: string; family: number }[]
  if (isIP(host) !== 0) found = [{ address: host, family: isIP(host) }]
  else
    try {
      found = await find(host)
    } catch (error) {
      const code = (error as { code?: unknown }).code
      throw new Refusal('mail-server-unreachable', { field: 'host', params: { response: `${host}: ${String(code ?? 'DNS')}` } })
    }
  if (!allowPrivate && found.some(({ address }) => !isPublicAddress(address)))
    throw new Refusal('mail-host-private', { field: 'host' })
  // Many networks resolve IPv6 but do not route it.
  const chosen = found.find(({ family }) => family === 4) ?? found[0]
  if (!chosen) throw new Refusal('mail-server-unreachable', { field: 'host', params: { response: host } })
  return chosen.address
}
