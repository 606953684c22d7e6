/**
 * Sets socket options under the names that node:dgram uses.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { boolean, integer } from '../../arguments.ts'
import type { Family } from '../../control/define.ts'
import { outOfRange } from '../../errors.ts'
import { setsockopt } from '../../libc/options.ts'

const {
  SOL_SOCKET, SOL_IP, SOL_IPV6, SO_REUSEADDR, SO_REUSEPORT, SO_RCVBUF, SO_SNDBUF, SO_BROADCAST, IP_TTL, IPV6_UNICAST_HOPS, IPV6_V6ONLY,
  INT_MAX,
} = constants

/** Socket options that are set before a socket is bound or connected. Absent options keep the kernel's defaults. */
export interface Settings {
  /** `SO_REUSEADDR`: several UDP sockets may bind to one address, and each receives the packets that are sent to a multicast group. */
  readonly reuseAddr?: boolean | undefined
  /**
   * `SO_REUSEPORT`: several sockets of one user may bind to one address, and the kernel distributes packets or connections among them.
   * Linux 3.9.
   */
  readonly reusePort?: boolean | undefined
  /** `SO_RCVBUF`, bytes. The kernel doubles it, and lowers it to net.core.rmem_max. */
  readonly recvBufferSize?: number | undefined
  /** `SO_SNDBUF`, bytes. The kernel doubles it, and lowers it to net.core.wmem_max. */
  readonly sendBufferSize?: number | undefined
  /** `IP_TTL` or `IPV6_UNICAST_HOPS`: the maximum number of routers that a packet may pass, from 1 to 255. */
  readonly ttl?: number | undefined
  /** `SO_BROADCAST`: packets may be sent to a broadcast address. */
  readonly broadcast?: boolean | undefined
  /** `IPV6_V6ONLY`: an IPv6 socket that is bound to `::` does not receive IPv4. */
  readonly ipv6Only?: boolean | undefined
}

interface Setting {
  readonly options: Readonly<Partial<Record<Family | 'any', readonly [level: number, option: number]>>>
  /** The limits of a number. Absent: true or false. */
  readonly range?: readonly [low: number, high: number]
}

const settings: Readonly<Record<keyof Settings, Setting>> = {
  reuseAddr: { options: { any: [SOL_SOCKET, SO_REUSEADDR] } },
  reusePort: { options: { any: [SOL_SOCKET, SO_REUSEPORT] } },
  recvBufferSize: { options: { any: [SOL_SOCKET, SO_RCVBUF] }, range: [1, INT_MAX] },
  sendBufferSize: { options: { any: [SOL_SOCKET, SO_SNDBUF] }, range: [1, INT_MAX] },
  ttl: { options: { inet: [SOL_IP, IP_TTL], inet6: [SOL_IPV6, IPV6_UNICAST_HOPS] }, range: [1, 255] },
  broadcast: { options: { any: [SOL_SOCKET, SO_BROADCAST] } },
  ipv6Only: { options: { inet6: [SOL_IPV6, IPV6_V6ONLY] } },
}

/** An option for {@link applySettings}. */
export interface SettingToApply { readonly level: number; readonly option: number; readonly value: number }

/** Returns the requested options. @throws TypeError and RangeError for an option that cannot be set on a socket of this family */
export function checkSettings(given: Settings, family: Family | undefined): SettingToApply[] {
  const found: SettingToApply[] = []
  for (const name of Object.keys(settings) as (keyof Settings)[]) {
    const value: unknown = given[name]
    if (value === undefined) continue
    const { options, range } = settings[name]
    const where = (family === undefined ? undefined : options[family]) ?? options.any
    if (where === undefined) {
      const able = Object.keys(options).map((one) => `'${one}'`).join(' or ')
      throw outOfRange(`Cannot set ${name} on a socket of family '${family}': expected ${able}`)
    }
    found.push({
      level: where[0], option: where[1],
      value: range === undefined ? Number(boolean('create a socket', name, value)) : integer('create a socket', name, value, ...range),
    })
  }
  return found
}

/** @throws SystemError */
export function applySettings(fd: number, settings: readonly SettingToApply[]): void {
  for (const { level, option, value } of settings) setsockopt(fd, level, option, value)
}
