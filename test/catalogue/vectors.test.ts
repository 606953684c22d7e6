/**
 * Control messages that this kernel may not have, as a C compiler makes them from the kernel's headers: test/c/vectors.c.
 */
import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { decodeControl, encodeControl, type AnyControlMessage, type ControlItem, type Family } from '../../src/codec.ts'
import { builtins } from '../../src/control/catalogue.ts'
import { compile } from '../support/cc.ts'
import { withPeer } from '../support/peers.ts'

const error = { errno: 42, name: 'ENOMSG', origin: 'timestamping', type: 1, code: 2, info: 2, data: 77 }
const time = { ns: 1_700_000_000_999_999_000n, sec: 1_700_000_000n, usec: 999_999n }
const atomic = { cookie: 1n, localAddress: 2n, remoteAddress: 3n, flags: 8n, userToken: 9n }

/** What each vector decodes to. */
const expected: Readonly<Record<string, unknown>> = {
  recvErr6: { errno: 111, name: 'ECONNREFUSED', origin: 'icmp6', type: 1, code: 4, info: 0, data: 0, offender: { address: '::1', port: 0, scopeId: 5 } },
  packetTxTimestamp: error, canRecvErr: error, j1939RecvErr: error, bluetoothRecvErr: error,
  timestampingNew: { software: { ns: 1_700_000_000_000_000_005n, sec: 1_700_000_000n, nsec: 5n }, hardware: { ns: 3_000_000_004n, sec: 3n, nsec: 4n } },
  timestamp: time, hciTimestamp: time, misdnTimestamp: time,
  timestampingPacketInfo: { interfaceIndex: 3, length: 98 },
  tlsRecordType: 'alert', tlsSetRecordType: 'alert',
  algIv: Uint8Array.of(1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), algOperation: 'encrypt', algAssociatedLength: 1,
  sctpInit: { outgoingStreams: 1, incomingStreams: 2, maxAttempts: 3, maxInitTimeout: 4 },
  sctpSendReceiveInfo: { stream: 1, ssn: 2, flags: 3, ppid: 4, context: 5, timeToLive: 6, tsn: 7, cumulativeTsn: 8, association: 9 },
  sctpSendInfo: { stream: 1, flags: 2, ppid: 3, context: 4, association: -5 },
  sctpReceiveInfo: { stream: 1, ssn: 2, flags: 3, ppid: 4, tsn: 5, cumulativeTsn: 6, context: 7, association: 8 },
  sctpNextInfo: { stream: 1, flags: 2, ppid: 3, length: 4, association: 5 },
  sctpPrInfo: { policy: 0x10, value: 9 }, sctpAuthInfo: { keyNumber: 7 }, sctpDestination4: '10.0.0.1', sctpDestination6: '::1',
  j1939Destination: 0x80, j1939DestinationName: 0x123456789abcdef0n,
  rdsRdmaArguments: { cookie: 1n, remote: { addr: 2n, bytes: 3n }, localVector: 4n, localCount: 5n, flags: 2n, userToken: 6n },
  rdsRdmaMap: { memory: { addr: 1n, bytes: 2n }, cookieAddress: 3n, flags: 4n },
  rdsRdmaStatus: { userToken: 5n, status: 'dropped' },
  rdsMaskedAtomicCompareSwap: { ...atomic, compare: 4n, swap: 5n, compareMask: 6n, swapMask: 7n },
  rdsAtomicFetchAdd: { ...atomic, add: 4n },
  rdsPathLatency: [{ position: 0, ns: 100n }, { position: 2, ns: 200n }],
  rdsZerocopyCompletion: [7, 8],
  tipcErrorInfo: { error: 'noPort', length: 100 }, tipcDestinationName: { type: 1, lower: 2, upper: 3 }, tipcReturnedData: Buffer.from('abc'),
  rxrpcUserCallId: 4711n, rxrpcAbort: 9, rxrpcAck: true, rxrpcExclusiveCall: true, rxrpcNetError: -111, rxrpcSetCallTimeout: { hard: 2, idle: 100 },
  llcPacketInfo: { interfaceIndex: 2, sap: 0x42, mac: Uint8Array.of(1, 2, 3, 4, 5, 6) },
  packetAuxdata: { status: 0x51, length: 60, captured: 50, mac: 66, net: 80, vlanTci: 7, vlanProtocol: 0x8100 },
  pathMtu: { address: { address: '::1', port: 0 }, mtu: 1280 },
  netlinkPacketInfo: { group: 5 }, segmentSize: 1200,
  bluetoothPacketStatus: 21, bluetoothSequenceNumber: 1200, wpanLqi: 0x80, iucvTargetClass: 9,
}

withPeer('cc', 'what a C compiler makes', () => {
  const vectors = (): Map<string, Uint8Array> => {
    const { stdout } = spawnSync(compile('vectors.c'), { encoding: 'utf8' })
    return new Map(stdout.trim().split('\n').map((line): [string, Uint8Array] => {
      const [kind = '', hex = ''] = line.split(' ')
      return [kind, new Uint8Array(Buffer.from(hex, 'hex'))]
    }))
  }

  it('is all there', () => {
    expect([...vectors().keys()].sort()).toEqual(Object.keys(expected).sort())
  })

  it.each(Object.keys(expected))('%s', (kind) => {
    const control = vectors().get(kind)!
    const definition = (builtins as readonly AnyControlMessage[]).find((one) => one.kind === kind)!
    const family = [definition.family ?? 'unix'].flat()[0] as Family
    const [message, ...more] = decodeControl(control, { family })
    expect(more).toEqual([])
    expect(message).toMatchObject({ kind, level: definition.level, type: definition.type })
    const value = (message as { value: unknown }).value
    expect(value instanceof Uint8Array ? [...value] : value).toEqual(expected[kind] instanceof Uint8Array ? [...expected[kind]] : expected[kind])

    // What can be sent makes the same bytes from the same value.
    if (definition.direction === 'receive' || definition.alternative !== undefined) return
    const call = definition as unknown as (value: unknown) => ControlItem
    expect(Buffer.from(encodeControl([call(value)])).toString('hex')).toBe(Buffer.from(control).toString('hex'))
  })
})
