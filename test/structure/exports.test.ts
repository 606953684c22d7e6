/**
 * The names that each door exports. A name that is gone breaks a program, and one that is there has to be kept: neither
 * happens by accident.
 * @module
 */
import { describe, expect, it } from 'vitest'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { builtins } from '../../src/control/catalogue.ts'
import { ROOT } from '../support/peers.ts'
import { doors, exportedNames, type Door } from './doors.ts'

interface Names { readonly values: readonly string[]; readonly types: readonly string[] }

const codec: Names = {
  // Every kind of control message under its name, which test/catalogue holds.
  values: [
    ...builtins.map(({ kind }) => kind),
    'CMSG_ALIGN', 'CMSG_DATA', 'CMSG_FIRSTHDR', 'CMSG_LEN', 'CMSG_NXTHDR', 'CMSG_SPACE', 'abis', 'constants', 'decodeAddress',
    'decodeControl', 'defineControlMessage', 'defineStruct', 'encodeAddress', 'encodeControl', 'explainControl', 'formatAddress',
    'hostAbi', 'rawControl', 'structs',
  ],
  types: [
    'Abi', 'AbstractAddress', 'Address', 'AddressLike', 'AlgOperation', 'AlsoDelivered', 'AnyControlMessage', 'AnyLayout',
    'AnySocketType', 'AnyStruct', 'BuiltinControl', 'ByFunctions', 'ByLayout', 'ControlItem', 'ControlMessage',
    'ControlMessageFacts', 'Convert', 'Credentials', 'DecodeOptions', 'DecodedControl', 'Destination', 'DeviceMemory',
    'Direction', 'ErrorOrigin', 'ExplainOptions', 'Family', 'FieldLayout', 'FieldType', 'FieldTypes', 'FieldValue',
    'InetAddress', 'LayoutValue', 'LlcPacketInfo', 'Meaning', 'MessagePart', 'Named', 'NetlinkAddress', 'OtherAddress', 'PacketAddress', 'PacketAuxdata',
    'PacketInfo', 'PacketInfo6', 'PathAddress', 'PathMtu', 'QueuedError', 'RdsAtomic', 'RdsCompareSwap', 'RdsFetchAdd',
    'RdsLatency', 'RdsMaskedCompareSwap', 'RdsMaskedFetchAdd', 'RdsRdmaArguments', 'RdsRdmaMap', 'RdsRdmaStatus',
    'ReceiveSetup', 'RxrpcChallenge', 'RxrpcTimeouts', 'ScalarType', 'ScalarValues', 'SctpInit', 'SctpNextInfo',
    'SctpPrInfo', 'SctpReceiveInfo', 'SctpSendInfo', 'SctpSendReceiveInfo', 'SocketOption', 'Sockets', 'Struct',
    'StructOptions', 'StructValue', 'Target', 'Timespec', 'TimestampPacketInfo', 'Timestamps', 'Timeval',
    'TipcDestinationName', 'TipcErrorInfo', 'TlsRecordType', 'UnixAddress', 'UnknownControl', 'UnnamedAddress', 'ValueOf', 'VsockAddress',
  ],
}

/** Beside those of the codec. */
const libc: Names = {
  values: [
    'MessageBatch', 'RECEIVE_FLAGS', 'SEND_FLAGS', 'SystemError', 'accept4', 'bind', 'close', 'connect', 'dup', 'engine', 'fcntl',
    'getpeername', 'getsockname', 'getsockopt', 'if_indextoname', 'if_nametoindex', 'ioctl', 'listen', 'memfd_create', 'pipe2', 'poll',
    'recvmmsg', 'recvmsg', 'sendmmsg', 'sendmsg', 'setsockopt', 'shutdown', 'socket', 'socketpair',
  ],
  types: [
    'EngineInUse', 'EngineName', 'ErrorCode', 'PollEntry', 'ReceiveManyOptions', 'ReceiveOptions', 'ReceivedMessage', 'SendMessage', 'SystemErrorInfo',
  ],
}

const dgram: Names = {
  values: ['createSocket', 'default'],
  types: [
    'DatagramEvents', 'DatagramOptions', 'DatagramSocket', 'EmittingSocket', 'MessageInfo', 'SendCallback', 'UnixDgramCall', 'UnixDgramCallback', 'UnixDgramError', 'UnixDgramEvents', 'UnixDgramSocket',
  ],
}

const systemd: Names = {
  values: ['ListenFd', 'listenFds', 'notify', 'openJournal', 'watchdog'],
  types: ['Journal', 'JournalFields', 'JournalOptions', 'JournalValue', 'NotifyOptions', 'NotifyState', 'NotifyValue', 'Watchdog'],
}

const usocket: Names = {
  values: ['UServer', 'USocket', 'default'],
  types: ['URead', 'UServerOptions', 'USocketOptions', 'UWrite'],
}

/** Beside those of the codec. */
const index: Names = {
  values: [
    ...dgram.values, 'Message', 'MessageDuplex', 'MessageSocket', 'OwnedFd', 'Pidfd', 'SystemError', 'engine', 'if_indextoname', 'if_nametoindex', 'peerCredentials', 'peerGroups', 'peerPidfd',
    'peerSecurity', 'USocket', 'UServer',
  ],
  types: [
    ...dgram.types, 'Abortable', 'AdoptOptions', 'Adoptable', 'BindOptions', 'BindTo', 'ConnectTo', 'Counters', 'Data', 'Descriptor', 'DroppedTraffic', 'EngineInUse', 'EngineName', 'ErrorCode', 'GroupOptions',
    'MakeOptions', 'MessageToSend', 'MessagesOptions', 'OpenOptions', 'ProcessInfo', 'ReceiveKinds', 'ReceiveOptions', 'ReceiveQueue', 'ReceivedTraffic', 'SendOptions', 'Settings', 'SocketFamily', 'SocketType', 'SystemErrorInfo', 'ToDuplexOptions',
    'TrafficMessage', 'TruncatedTraffic', 'URead', 'UServerOptions', 'USocketOptions', 'UWrite', 'WaitingTraffic', 'WriteCallback',
  ],
}

const all = (names: Names): Names => ({ values: [...codec.values, ...names.values].sort(), types: [...codec.types, ...names.types].sort() })
const nothing: Names = { values: [], types: [] }
const expected: Record<Door, Names> = { codec: all(nothing), dgram, libc: all(libc), systemd, usocket, index: all(index) }

describe('the exports', () => {
  const found = exportedNames()

  it.each(doors)('of %s.ts are these', (door) => {
    expect(found[door]).toEqual(expected[door])
  })

  it.each(doors)('of %s.js as it was built are the same', async (door) => {
    const module = await import(/* @vite-ignore */ pathToFileURL(join(ROOT, `dist/${door}.js`)).href) as object
    expect(Object.keys(module).sort()).toEqual(expected[door].values)
  })
})

describe('the declarations', () => {
  const files = readdirSync(join(ROOT, 'dist')).filter((file) => file.endsWith('.d.ts'))

  it('say any of nothing', () => {
    expect(files.length).toBeGreaterThanOrEqual(doors.length)
    const found = files.flatMap((file) => {
      const source = ts.createSourceFile(file, readFileSync(join(ROOT, 'dist', file), 'utf8'), ts.ScriptTarget.Latest, true)
      const lines: string[] = []
      const visit = (node: ts.Node): void => {
        if (node.kind === ts.SyntaxKind.AnyKeyword) lines.push(`${file}: ${node.parent.getText(source)}`)
        ts.forEachChild(node, visit)
      }
      visit(source)
      return lines
    })
    expect(found).toEqual([])
  })

  it('mention no type that a user cannot name', () => {
    // What the declarations of a door use of another package has to be there: ffi-rs is an inner matter.
    for (const file of files) expect(readFileSync(join(ROOT, 'dist', file), 'utf8')).not.toMatch(/from ['"](ffi-rs|commander)['"]/)
  })
})
