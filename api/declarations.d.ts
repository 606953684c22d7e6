interface Abi {
    readonly target: Target;
    readonly libc: 'glibc' | 'musl';
    readonly wordSize: 4 | 8;
    readonly littleEndian: boolean;
}

interface Abortable {
    readonly signal?: AbortSignal | undefined;
}

interface AbstractAddress {
    readonly abstract: string | Uint8Array;
}

type Address = UnixAddress | InetAddress | VsockAddress | NetlinkAddress | PacketAddress | OtherAddress;

type AddressLike = string | Address;

interface AdoptOptions<D extends AnyControlMessage> extends ReceiveKinds<D> {
    readonly unlink?: boolean | undefined;
}

type Adoptable = number | OwnedFd | Socket$1 | Server | Socket;

type AlgOperation = Named<keyof typeof operations>;

interface AlsoDelivered<Out> {
    readonly level: number;
    readonly type: number;
    readonly family?: Family | readonly Family[];
    readonly option?: OptionInput;
    readonly optionLevel?: number;
    readonly optionName?: string;
    readonly decode?: (data: Uint8Array, abi: Abi) => Out;
    readonly minSize?: number | ((abi: Abi) => number);
    readonly maxSize?: number | ((abi: Abi) => number);
}

type AnyControlMessage = ControlMessage<string, never, unknown>;

type AnyLayout = ScalarType | AnyStruct | (() => AnyStruct);

type AnyMessage = Message<AnyControlMessage>;

type AnySocketType = keyof typeof typeNumbers;

interface AnyStruct {
    readonly name: string;
    readonly size: number;
    readonly align: number;
    readonly flexible: boolean;
    readonly fields: Readonly<Record<string, FieldLayout>>;
    sizeOf(value: never): number;
    read(view: DataView, offset?: number): unknown;
    write(view: DataView, offset: number, value: never): void;
    for(abi: Abi): AnyStruct;
}

type AsyncContext = Pick<AsyncResource, 'runInAsyncScope'>;

interface BindOptions {
    readonly unlink?: boolean | undefined;
    readonly mode?: number | undefined;
    readonly backlog?: number | undefined;
}

type BindTo<D extends AnyControlMessage> = MakeOptions<D> & BindOptions;

declare class Block {
    #private;
    readonly bytes: Buffer;
    readonly view: DataView;
    readonly words: Int32Array;
    used: number;
    constructor(size: number);
    slice(from: number, length: number): Buffer;
}

type Builtin = (typeof builtins)[number];

type BuiltinControl = DecodedControl<Builtin>;

interface ByFunctions<Kind extends string, In, Out> extends ControlMessageFacts<Kind> {
    readonly minSize?: number | ((abi: Abi) => number);
    readonly maxSize?: number | ((abi: Abi) => number);
    readonly encode?: (value: In, abi: Abi) => Uint8Array;
    readonly decode: (data: Uint8Array, abi: Abi) => Out;
    readonly direction?: Direction;
    readonly receive?: ReceiveInput;
    readonly also?: readonly AlsoDelivered<NoInfer<Out>>[];
    readonly layout?: AnyLayout;
    readonly alternative?: AnyLayout;
    readonly read?: (view: DataView, start: number, end: number, abi: Abi) => Out;
}

interface ByLayout<Kind extends string, L extends AnyLayout, D extends Direction, In, Out> extends ControlMessageFacts<Kind> {
    readonly layout: L;
    readonly direction?: D;
    readonly exact?: boolean;
    readonly convert?: Convert<LayoutValue<L>, In, Out>;
    readonly receive?: ReceiveInput;
    readonly also?: readonly AlsoDelivered<NoInfer<Out>>[];
    readonly decode?: never;
    readonly read?: (view: DataView, start: number, end: number, abi: Abi) => Out;
}

declare const CMSG_ALIGN: (n: number, abi?: Abi) => number;

declare function CMSG_DATA(control: Uint8Array, offset: number, abi?: Abi): Uint8Array;

declare function CMSG_FIRSTHDR(control: Uint8Array, abi?: Abi): number | undefined;

declare const CMSG_LEN: (n: number, abi?: Abi) => number;

declare function CMSG_NXTHDR(control: Uint8Array, offset: number, abi?: Abi): number | undefined;

declare const CMSG_SPACE: (n: number, abi?: Abi) => number;

type ConnectTo<D extends AnyControlMessage> = MakeOptions<D> & Abortable;

interface ConnectingSocket {
    readonly fd: number;
    readonly family: number;
    readonly type: number;
    readonly sending: {
        readonly isStream: boolean;
        readonly family: Family | undefined;
    };
    readonly target: Target;
    readonly sender: {
        readonly hasMessages: boolean;
    };
    readonly needsConnection: boolean;
    check(attempt: string): void;
    setNonBlocking(): void;
    onConnecting(isNew: boolean): void;
    onConnectionFailed(makeError: () => Error): void;
}

declare class Connector {
    #private;
    constructor(socket: ConnectingSocket, registration: Registration, onWaiting: () => void);
    get waiting(): boolean;
    connect(name: Uint8Array, signal: AbortSignal | undefined): Promise<void>;
    settle(): boolean;
    hold(): void;
    get isClosed(): boolean;
    fail(error: number): void;
    close(error: Error): void;
}

type Constants = typeof constants$1 & OfHost & typeof errno;

interface Consumer<T> {
    readonly context?: AsyncContext;
    readonly spaced?: boolean;
    onItem(item: T): void;
    onEnd(): void;
    onError(error: unknown): void;
}

interface Consumption {
    pause(): void;
    resume(): void;
    stop(): void;
}

interface ControlItem {
    readonly kind: string;
    readonly level: number;
    readonly type: number;
    readonly family?: Family | readonly Family[] | undefined;
    readonly part?: MessagePart | undefined;
    readonly takenBy?: readonly Sockets[] | undefined;
    readonly value: unknown;
    payload(abi: Abi): Uint8Array;
}

interface ControlMessage<Kind extends string = string, In = never, Out = unknown> extends ControlMessageFacts<Kind> {
    (value: In): ControlItem;
    readonly minSize: number;
    readonly decode: (data: Uint8Array, abi: Abi) => Out;
    readonly direction?: Direction;
    readonly receive?: ReceiveSetup;
    readonly accepts?: (length: number, abi: Abi) => boolean;
    readonly read?: (view: DataView, start: number, end: number, abi: Abi) => Out;
    readonly forms?: readonly Form[] | undefined;
    readonly layout?: AnyLayout;
    readonly alternative?: AnyLayout;
}

interface ControlMessageFacts<Kind extends string> {
    readonly kind: Kind;
    readonly level: number;
    readonly type: number;
    readonly name?: string;
    readonly family?: Family | readonly Family[];
    readonly since?: string;
    readonly meaning?: Readonly<Record<string, Meaning>>;
    readonly part?: MessagePart;
    readonly takenBy?: readonly Sockets[];
    readonly deliveredBy?: readonly Sockets[];
    readonly atEnd?: boolean;
}

declare class ControlSize {
    #private;
    constructor(fd: number, of: ControlSizeOf);
    get size(): number;
    get errorSize(): number;
    counts(level: number, type: number): boolean;
    get mark(): boolean;
    set mark(on: boolean);
    optionSet(level: number, option: number): void;
    refresh(): boolean;
}

interface ControlSizeOf {
    readonly family: Family | undefined;
    readonly type: number;
    readonly protocol?: number | undefined;
    readonly definitions: readonly AnyControlMessage[];
    readonly adopted?: boolean;
    readonly mark?: boolean;
}

interface Convert<Raw, In, Out> {
    readonly decode: (raw: Raw) => Out;
    readonly encode?: (value: In) => Raw extends object ? Partial<Raw> : Raw;
}

declare class Core implements MessageSource, Disposable {
    #private;
    readonly facts: Facts;
    readonly familyName: Family | undefined;
    readonly descriptor: SocketDescriptor;
    readonly control: ControlSize;
    readonly data: Receiver<AnyMessage>;
    readonly errors: Receiver<AnyMessage> | undefined;
    readonly sender: Sender;
    readonly sending: SendingSocket;
    context: MessageContext;
    readAhead: number;
    optionsInherited: boolean;
    readonly traffic: Traffic;
    readonly target: Target;
    constructor(taken: number, facts: Facts, control: ControlSize);
    get fd(): number;
    get family(): number;
    get type(): number;
    get size(): number;
    get state(): State;
    check(attempt: string): void;
    set socket(socket: object);
    get refed(): boolean;
    set refed(refed: boolean);
    get waiting(): boolean;
    update(): void;
    close(): void;
    [dispose](): void;
    giveUpDescriptor(): void;
    detach(): {
        readonly fd: number;
        readonly messages: AnyMessage[];
        readonly error: Error | undefined;
    };
    share(): void;
    setOption(level: number, option: number, value: number | boolean | Uint8Array): void;
    setNonBlocking(): void;
    set file(file: SocketFile | undefined);
    startAccepting(make: (fd: number) => Core | undefined): void;
    get connections(): Receiver<Core> | undefined;
    connect(name: Uint8Array, signal: AbortSignal | undefined): Promise<void>;
    get connector(): Connector;
    onConnecting(isNew: boolean): void;
    get needsConnection(): boolean;
    onConnectionFailed(makeError: () => Error): void;
    get connecting(): boolean;
    tellWritable(listener: WritableListener): void;
    channel({ flags }: ReceiveRequest): Receiver<AnyMessage>;
    now(request: ReceiveRequest): AnyMessage | undefined;
    onReport(): readonly AnyMessage[];
}

interface Counters {
    readonly sentMessages: number;
    readonly sentBytes: number;
    readonly receivedMessages: number;
    readonly receivedBytes: number;
    readonly truncatedMessages: number;
    readonly droppedMessages: number;
    readonly droppedReports: number;
}

interface Credentials {
    readonly pid: number;
    readonly uid: number;
    readonly gid: number;
}

type Data = string | ArrayBufferView | ArrayBuffer | readonly (string | ArrayBufferView | ArrayBuffer)[];

interface DatagramEvents<D extends AnyControlMessage> {
    message: [
        data: Buffer,
        info: MessageInfo<D>
    ];
    listening: [
    ];
    connect: [
    ];
    error: [
        error: Error
    ];
    close: [
    ];
}

interface DatagramOptions<D extends AnyControlMessage> extends ReceiveKinds<D>, Pick<Settings, 'recvBufferSize' | 'sendBufferSize'>, Abortable {
    readonly type: 'unix_dgram';
}

declare class DatagramSocket<D extends AnyControlMessage = never> extends EmittingSocket<DatagramEvents<D>> {
    #private;
    constructor(options: DatagramOptions<D>);
    bind(address: AddressLike, callback?: () => void): this;
    bind(address: AddressLike, options: Pick<BindOptions, 'mode' | 'unlink'>, callback?: () => void): this;
    connect(address: AddressLike, callback?: (error?: Error) => void): void;
    send(data: Data, callback?: SendCallback): void;
    send(data: Data, address: AddressLike | undefined, callback?: SendCallback): void;
    send(data: Data, offset: number, length: number, callback?: SendCallback): void;
    send(data: Data, offset: number, length: number, address: AddressLike | undefined, callback?: SendCallback): void;
    getSendQueueSize(): number;
    getSendQueueCount(): number;
    close(callback?: () => void): this;
    [asyncDispose](): Promise<void>;
}

interface DecodeOptions<D extends AnyControlMessage> {
    readonly definitions?: readonly D[] | undefined;
    readonly family?: Family | undefined;
    readonly abi?: Abi | undefined;
}

type DecodedControl<D extends AnyControlMessage> = (D extends AnyControlMessage ? {
    readonly kind: D['kind'];
    readonly level: number;
    readonly type: number;
    readonly data: Uint8Array;
    readonly value: ValueOf<D>;
} : never) | UnknownControl;

type Descriptor = number | {
    readonly fd: number;
} | Socket | Server | Socket$1;

type Destination = 'ipv4' | 'ipv6';

interface DeviceMemory {
    readonly offset: bigint;
    readonly size: number;
    readonly token: number;
    readonly dmabufId: number;
    readonly flags: number;
}

type Direction = 'both' | 'receive' | 'send';

interface Dispatched {
    readonly fd: number;
    generation: number;
    dispatch(events: number | undefined): void;
    fail(error: Error): void;
}

interface DroppedTraffic extends TrafficMessage {
    readonly reason: 'closed' | 'reports';
}

declare abstract class EmittingSocket<E extends Record<keyof E, unknown[]>> extends EventEmitter<E> {
    #private;
    readonly type: "unix_dgram";
    constructor(options: ReceiveKinds<AnyControlMessage>, onError: (error: unknown) => void);
    get fd(): number;
    address(): Address;
    remoteAddress(): Address;
    ref(): this;
    unref(): this;
    getRecvBufferSize(): number;
    setRecvBufferSize(size: number): void;
    getSendBufferSize(): number;
    setSendBufferSize(size: number): void;
}

interface EngineInUse {
    readonly name: EngineName;
    readonly reason: string;
}

type EngineName = 'node' | 'deno' | 'bun' | 'ffi-rs';

type ErrorCode = 'ERR_CMSG_INVALID_ARG_TYPE' | 'ERR_CMSG_OUT_OF_RANGE' | 'ERR_CMSG_INVALID_ADDRESS' | 'ERR_CMSG_INVALID_DEFINITION' | 'ERR_CMSG_INVALID_ENVIRONMENT' | 'ERR_CMSG_UNSUPPORTED' | 'ERR_CMSG_CLOSED' | 'ERR_CMSG_BACKLOG';

type ErrorOrigin = Named<keyof typeof origins>;

declare const EventEmitter: typeof EventEmitter$1;

interface ExplainOptions {
    readonly family?: Family | undefined;
    readonly abi?: Abi | undefined;
    readonly definitions?: readonly AnyControlMessage[] | undefined;
}

interface Facts {
    readonly family: number;
    readonly type: number;
    readonly protocol: number | undefined;
    readonly definitions: readonly AnyControlMessage[];
    readonly messageSize: number;
    readonly adopted: boolean;
    readonly readAhead: number | undefined;
    readonly passRights: boolean | undefined;
    readonly credentialsWereOn?: boolean;
}

type Family = (typeof families)[number];

interface FieldLayout {
    readonly offset: number;
    readonly size: number;
    readonly type: FieldType;
}

type FieldType = ScalarType | AnyStruct | readonly [
    'char',
    number
] | readonly [
    ScalarType,
    number
] | readonly [
    AnyStruct,
    number
] | readonly [
    ScalarType | 'char' | AnyStruct
];

type FieldTypes = Readonly<Record<string, FieldType>>;

type FieldValue<T> = T extends ScalarType ? ScalarValues[T] : T extends readonly [
    'char',
    number?
] ? string : T extends readonly [
    'u8',
    number?
] ? Uint8Array : T extends readonly [
    infer E,
    number?
] ? FieldValue<E>[] : T extends Struct<infer F> ? StructValue<F> : never;

interface FlaggedSocket {
    readonly hasErrorQueue: boolean;
    readonly hasUrgentData: boolean;
    readonly hasFastOpen: boolean;
}

interface Form extends Readable {
    readonly option: number | undefined;
    readonly optionLevel: number;
    readonly optionName: string | undefined;
    readonly size: number;
}

type GeneratedField<T> = T extends {
    readonly struct: infer N extends LayoutName;
} ? GeneratedStruct<N> : T extends readonly [
    {
        readonly struct: infer N extends LayoutName;
    },
    infer L
] ? readonly [
    GeneratedStruct<N>,
    L
] : T;

type GeneratedFields<T> = {
    -readonly [K in keyof T]: GeneratedField<T[K]>;
};

type GeneratedStruct<N extends LayoutName> = Struct<GeneratedFields<(typeof layouts)[N]['types']>>;

interface GroupOptions {
    readonly interface?: string | number | undefined;
    readonly source?: string | undefined;
}

interface InetAddress {
    readonly address: string;
    readonly port: number;
    readonly scopeId?: number | undefined;
    readonly flowinfo?: number | undefined;
}

declare class Journal implements AsyncDisposable, Disposable {
    #private;
    readonly identifier: string | undefined;
    readonly path: string;
    constructor({ identifier, path }: JournalOptions);
    send(entry: string | JournalFields): Promise<void>;
    flush(options?: Abortable): Promise<void>;
    close(): Promise<void>;
    [dispose](): void;
    [asyncDispose](): Promise<void>;
}

interface JournalFields {
    readonly MESSAGE?: JournalValue | readonly JournalValue[] | undefined;
    readonly PRIORITY?: JournalValue | readonly JournalValue[] | undefined;
    readonly [name: string]: JournalValue | readonly JournalValue[] | undefined;
}

interface JournalOptions {
    readonly identifier?: string | undefined;
    readonly path?: string | undefined;
}

type JournalValue = string | number | bigint | Uint8Array;

type LayoutName = keyof typeof layouts;

type LayoutValue<L> = L extends ScalarType ? ScalarValues[L] : L extends Struct<infer F> ? StructValue<F> : L extends () => Struct<infer F> ? StructValue<F> : never;

declare const LazyDuplex: typeof Duplex;

declare class ListenFd extends OwnedFd {
    readonly name: string;
    constructor(fd: number, name: string);
}

interface LlcPacketInfo {
    readonly interfaceIndex: number;
    readonly sap: number;
    readonly mac: Uint8Array;
}

interface MakeOptions<D extends AnyControlMessage> extends ReceiveKinds<D>, Settings {
    readonly type: SocketType | 'raw';
    readonly protocol?: number | undefined;
}

type Meaning = `${Uppercase<string>}_` | `${Uppercase<string>}_|` | 'errno' | 'ipv4' | 'ipv6' | 'mac' | 'interface' | 'fd' | 'pid' | 'text' | 'hex' | 'seconds' | 'microseconds' | 'nanoseconds' | 'bytes';

declare class Message<D extends AnyControlMessage = never> implements Disposable {
    #private;
    readonly flags: number;
    readonly length: number;
    constructor(block: Block, dataAt: number, written: number, length: number, controlAt: number, controlLength: number, nameAt: number, nameLength: number, flags: number, context: MessageContext);
    get data(): Buffer;
    get address(): Address;
    get truncated(): boolean;
    get controlTruncated(): boolean;
    get control(): readonly DecodedControl<D>[];
    get<K extends D>(definition: K): ValueOf<K> | undefined;
    getAll<K extends D>(definition: K): ValueOf<K>[];
    [dispose](): void;
}

declare class MessageBatch {
    #private;
    constructor(options: ReceiveManyOptions);
    receive(fd: number, flags?: number): number;
    receiveOne(fd: number, flags?: number): number;
    set(i: number, message: SendMessage): void;
    send(fd: number, count: number, flags?: number): number;
    sendOne(fd: number, flags?: number): number;
    length(i: number): number;
    flags(i: number): number;
    int32(i: number, offset: number): number;
    byte(i: number, offset: number): number;
    findControl(i: number, level: number, type: number): number;
    controlInt32(i: number, offset: number): number;
    data(i: number, length?: number): Buffer;
    control(i: number): Buffer;
    name(i: number): Buffer;
}

interface MessageContext {
    readonly family: Family | undefined;
    readonly definitions: readonly AnyControlMessage[];
    readonly decoding: readonly AnyControlMessage[];
    readonly mayHavePlaceholders: boolean;
    readonly marked: boolean;
}

declare class MessageDuplex extends LazyDuplex implements Duplex {
    #private;
    constructor(core: Core, receives: boolean, messages: readonly AnyMessage[], { highWaterMark, allowHalfOpen }: ToDuplexOptions);
    writeWithFds(bytes: string | Uint8Array, fds: readonly Descriptor[], callback?: WriteCallback): boolean;
    takeFds(count?: number): number[];
    closeFds(fds: readonly number[]): void;
    get fd(): number;
    ref(): this;
    unref(): this;
    read(size?: number): ReturnType<Duplex['read']>;
    _read(): void;
    _write(chunk: Buffer, _encoding: BufferEncoding, callback: WriteCallback): void;
    _writev(chunks: readonly {
        readonly chunk: Buffer;
    }[], callback: WriteCallback): void;
    _final(callback: WriteCallback): void;
    _destroy(error: Error | null, callback: WriteCallback): void;
}

interface MessageInfo<D extends AnyControlMessage = never> {
    readonly path: string | null;
    readonly size: number;
    readonly address: UnixAddress;
    readonly message: Message<D>;
}

type MessagePart = (typeof parts)[number];

declare class MessageSocket<D extends AnyControlMessage = never> implements AsyncIterable<Message<D>>, AsyncDisposable, Disposable {
    #private;
    private constructor();
    static open<D extends AnyControlMessage = never>(options: OpenOptions<D>): MessageSocket<D>;
    static bind<D extends AnyControlMessage = never>(address: AddressLike, options: BindTo<D>): MessageSocket<D>;
    static connect<D extends AnyControlMessage = never>(address: AddressLike, options: ConnectTo<D>): Promise<MessageSocket<D>>;
    static pair<D extends AnyControlMessage = never, E extends AnyControlMessage = D>(options: PairOptions<D> & {
        readonly type: SocketType;
    }, second?: PairOptions<E>): [
        MessageSocket<D>,
        MessageSocket<E>
    ];
    static adopt<D extends AnyControlMessage = never>(from: Adoptable, options?: AdoptOptions<D>): MessageSocket<D>;
    get fd(): number;
    get closed(): boolean;
    get address(): Address;
    get remoteAddress(): Address | undefined;
    get bufferedAmount(): number;
    get counters(): Counters;
    bind(address: AddressLike, options?: BindOptions): void;
    connect(address: AddressLike, options?: Abortable): Promise<void>;
    getOption(level: number, option: number): number;
    getOption(level: number, option: number, size: number): Buffer;
    getOption(level: number, option: number, question: Uint8Array): Buffer;
    setOption(level: number, option: number, value: number | boolean | Uint8Array): void;
    peerCredentials(): Credentials | undefined;
    peerPidfd(): Pidfd | undefined;
    peerGroups(): number[] | undefined;
    peerSecurity(): string | undefined;
    joinGroup(group: string, options?: GroupOptions): void;
    leaveGroup(group: string, options?: GroupOptions): void;
    listen(backlog?: number): void;
    accept(options?: Abortable): Promise<MessageSocket<D>>;
    connections(options?: Abortable): (AsyncIterator<MessageSocket<D>, void, undefined> & AsyncIterable<MessageSocket<D>>);
    send(data: Data, options?: SendOptions & Abortable): Promise<number>;
    sendNow(data: Data, options?: SendOptions): number | undefined;
    sendMany(messages: readonly MessageToSend[], options?: Abortable): Promise<number>;
    flush(options?: Abortable): Promise<void>;
    receive(options?: ReceiveOptions & Abortable): Promise<Message<D> | undefined>;
    receiveNow(options?: ReceiveOptions): Message<D> | undefined;
    receiveSync(options?: ReceiveOptions & {
        readonly timeout?: number | undefined;
    }): Message<D> | undefined;
    receiveMany(options?: Abortable & {
        readonly max?: number | undefined;
    }): Promise<Message<D>[]>;
    get ended(): boolean;
    [Symbol.asyncIterator](): (AsyncIterator<Message<D>, void, undefined> & AsyncIterable<Message<D>>);
    messages(options?: MessagesOptions): (AsyncIterator<Message<D>, void, undefined> & AsyncIterable<Message<D>>);
    ref(): this;
    unref(): this;
    detach(): {
        fd: OwnedFd;
        messages: Message<D>[];
        error: Error | undefined;
    };
    toDuplex(options?: ToDuplexOptions): MessageDuplex;
    get pipe(): undefined;
    [share](): void;
    close(): Promise<void>;
    [dispose](): void;
    [asyncDispose](): Promise<void>;
}

interface MessageSource {
    readonly fd: number;
    readonly family: number;
    readonly type: number;
    readonly size: number;
    readonly control: {
        readonly size: number;
        readonly errorSize: number;
        refresh(): boolean;
        counts(level: number, type: number): boolean;
    };
    readonly context: MessageContext;
    onReport(): readonly AnyMessage[];
}

interface MessageToSend extends SendOptions {
    readonly data: Data;
}

interface MessagesOptions extends Abortable {
    readonly dispose?: boolean | undefined;
}

type Named<N extends string> = N | number;

interface NetlinkAddress {
    readonly portId: number;
    readonly groups?: number | undefined;
}

type Notice = true;

interface NotifyOptions {
    readonly fds?: readonly Descriptor[] | undefined;
    readonly barrier?: boolean | Abortable | undefined;
}

type NotifySocket = {
    readonly family: 'unix';
    readonly address: UnixAddress;
} | {
    readonly family: 'vsock';
    readonly address: VsockAddress;
    readonly types: readonly number[];
};

type NotifyState = string | readonly string[] | Readonly<Record<string, NotifyValue>>;

type NotifyValue = string | number | bigint | boolean | undefined;

type OfHost = {
    readonly [Name in keyof typeof constantsByTarget]: number;
};

interface OpenOptions<D extends AnyControlMessage> extends MakeOptions<D> {
    readonly family: SocketFamily;
}

type OptionInput = number | Readonly<Record<string, number>>;

type Origin = 'own' | 'received' | 'detached';

interface OtherAddress {
    readonly family: number;
    readonly data: Uint8Array;
}

type Outcome = 'more' | 'some' | 'none' | 'ended' | SystemError;

interface Outgoing extends OutgoingMessage {
    readonly control: Uint8Array | undefined;
    readonly flags: number;
    readonly size: number;
    readonly furtherControl?: Uint8Array | undefined;
    readonly held?: {
        readonly control: Uint8Array | undefined;
    } | undefined;
}

interface OutgoingMessage {
    readonly buffers: readonly Uint8Array[];
    readonly name?: Uint8Array | undefined;
    readonly control?: Uint8Array | undefined;
}

declare class OwnedFd implements Disposable {
    #private;
    get [brand](): true;
    constructor(fd: number);
    constructor(fd: number, origin: Origin);
    get fd(): number;
    get owned(): boolean;
    take(): number;
    close(): void;
    [dispose](): void;
}

interface PacketAddress {
    readonly interfaceIndex: number;
    readonly protocol?: number | undefined;
    readonly hardwareType?: number | undefined;
    readonly packetType?: number | undefined;
    readonly hardwareAddress?: Uint8Array | undefined;
}

interface PacketAuxdata {
    readonly status: number;
    readonly length: number;
    readonly captured: number;
    readonly mac: number;
    readonly net: number;
    readonly vlanTci?: number;
    readonly vlanProtocol?: number;
}

interface PacketInfo {
    readonly interfaceIndex: number;
    readonly localAddress: string;
    readonly address: string;
}

interface PacketInfo6 {
    readonly interfaceIndex: number;
    readonly address: string;
}

type PairOptions<D extends AnyControlMessage> = ReceiveKinds<D> & Settings;

type PartialValue<V> = {
    readonly [Name in keyof V]?: V[Name] | undefined;
};

interface PathAddress {
    readonly path: string | Uint8Array;
}

interface PathMtu {
    readonly address: InetAddress;
    readonly mtu: number;
}

declare class Pidfd extends OwnedFd {
    #private;
    get pid(): number;
    get alive(): boolean;
    exited(options?: {
        readonly signal?: AbortSignal | undefined;
    }): Promise<void>;
    close(): void;
    signal(signal: NodeJS.Signals | number): void;
    info(): ProcessInfo | undefined;
}

interface PollEntry {
    readonly fd: number;
    readonly events?: number | undefined;
}

interface ProcessInfo {
    readonly pid: number;
    readonly ppid: number;
    readonly comm: string;
    readonly exe: string | undefined;
    readonly cmdline: readonly string[];
    readonly uid: {
        readonly real: number;
        readonly effective: number;
        readonly saved: number;
        readonly fs: number;
    };
    readonly gid: {
        readonly real: number;
        readonly effective: number;
        readonly saved: number;
        readonly fs: number;
    };
    readonly groups: readonly number[];
    readonly cgroup: string | undefined;
    readonly startTime: bigint;
}

interface QueuedError {
    readonly errno: number;
    readonly name?: string;
    readonly origin: ErrorOrigin;
    readonly type: number;
    readonly code: number;
    readonly info: number;
    readonly data: number;
    readonly offender?: InetAddress;
}

declare const RECEIVE_FLAGS: number;

interface RdsAtomic {
    readonly cookie: bigint;
    readonly localAddress: bigint;
    readonly remoteAddress: bigint;
    readonly flags: bigint;
    readonly userToken: bigint;
}

interface RdsCompareSwap extends RdsAtomic {
    readonly compare: bigint;
    readonly swap: bigint;
}

interface RdsFetchAdd extends RdsAtomic {
    readonly add: bigint;
}

interface RdsLatency {
    readonly position: number;
    readonly ns: bigint;
}

interface RdsMaskedCompareSwap extends RdsCompareSwap {
    readonly compareMask: bigint;
    readonly swapMask: bigint;
}

interface RdsMaskedFetchAdd extends RdsFetchAdd {
    readonly noCarryMask: bigint;
}

interface RdsRdmaArguments {
    readonly cookie: bigint;
    readonly remote: {
        readonly addr: bigint;
        readonly bytes: bigint;
    };
    readonly localVector: bigint;
    readonly localCount: bigint;
    readonly flags: bigint;
    readonly userToken: bigint;
}

interface RdsRdmaMap {
    readonly memory: {
        readonly addr: bigint;
        readonly bytes: bigint;
    };
    readonly cookieAddress: bigint;
    readonly flags: bigint;
}

interface RdsRdmaStatus {
    readonly userToken: bigint;
    readonly status: Named<keyof typeof statuses>;
}

interface Readable {
    readonly kind: string;
    readonly level: number;
    readonly type: number;
    readonly family?: Family | readonly Family[] | undefined;
    readonly minSize: number;
    readonly decode: (data: Uint8Array, abi: Abi) => unknown;
    readonly accepts?: ((length: number, abi: Abi) => boolean) | undefined;
    readonly read?: ((view: DataView, start: number, end: number, abi: Abi) => unknown) | undefined;
}

interface Reader<T> {
    read(request: ReceiveRequest, count: number, into: T[]): Outcome;
    copy?(item: T, request: ReceiveRequest): T;
    takeError?(): SystemError | undefined;
    readonly takesToPeek?: boolean;
}

type ReceiveInput = Omit<ReceiveSetup, 'size' | 'option'> & {
    readonly size?: number;
    readonly option?: OptionInput;
};

interface ReceiveKinds<D extends AnyControlMessage> {
    readonly receive?: readonly D[] | undefined;
    readonly messageSize?: number | undefined;
    readonly passRights?: boolean | undefined;
    readonly readAhead?: number | undefined;
}

interface ReceiveManyOptions {
    readonly count: number;
    readonly size: number;
    readonly controlSize?: number | undefined;
    readonly nameSize?: number | undefined;
}

interface ReceiveOptions {
    readonly size?: number | undefined;
    readonly buffers?: readonly Uint8Array[] | undefined;
    readonly controlSize?: number | undefined;
    readonly nameSize?: number | undefined;
}

interface ReceiveOptions {
    readonly size?: number | undefined;
    readonly flags?: number | undefined;
}

type ReceiveQueue = 'messages' | 'urgent' | 'errors';

interface ReceiveRequest {
    readonly size: number | undefined;
    readonly flags: number;
    readonly max: number;
}

interface ReceiveSetup {
    readonly size: number;
    readonly option?: number;
    readonly optionLevel?: number;
    readonly optionName?: string;
    readonly value?: number;
    readonly errorQueue?: boolean;
    readonly slot?: string;
    readonly when?: 'connected';
    readonly inherited?: boolean;
    readonly readable?: boolean;
}

interface Received {
    readonly length: number;
    readonly flags: number;
}

interface ReceivedMessage {
    readonly length: number;
    readonly data: Buffer;
    readonly name: Buffer;
    readonly control: Buffer;
    readonly flags: number;
}

interface ReceivedTraffic extends TrafficMessage {
    readonly queue: ReceiveQueue;
}

declare class Receiver<T extends Disposable> implements Watcher {
    #private;
    readonly events: number;
    readonly passive: boolean;
    constructor(reader: Reader<T>, registration: Registration, options: ReceiverOptions<T>);
    get waiting(): boolean;
    get ended(): boolean;
    get foundEnd(): boolean;
    now(request: ReceiveRequest): T | undefined;
    next(request: ReceiveRequest, signal?: AbortSignal, owner?: object): Promise<T | undefined>;
    many(request: ReceiveRequest, signal?: AbortSignal): Promise<T[]>;
    cancel(owner: object): void;
    consume(consumer: Consumer<T>): Consumption;
    onReady(): boolean;
    isOver(events: number): boolean;
    reopen(isNew: boolean): void;
    onHangUp(events: number): boolean;
    fail(error: unknown): boolean;
    catchUp(): boolean;
    drain(): T[];
    takeError(): Error | undefined;
    keepError(error: Error): void;
    close(error: Error): void;
}

interface ReceiverOptions<T> {
    readonly events: number;
    readonly readAhead: () => number;
    readonly peeksBehind?: () => boolean;
    readonly endLasts?: () => boolean;
    readonly tryFirst?: boolean;
    readonly descriptors?: {
        readonly of: (item: T) => number;
        readonly max: () => number;
    };
    readonly keep?: {
        readonly max: number;
        readonly onDropped: (items: readonly T[]) => void;
    };
    readonly onTaken?: (items: readonly T[]) => void;
    readonly onLeft?: (items: readonly T[]) => void;
    readonly onWaiting: () => void;
}

declare class Registration implements Dispatched {
    #private;
    readonly fd: number;
    generation: number;
    constructor(fd: number);
    addWatcher(watcher: Watcher): Watch;
    dispatch(events: number | undefined): void;
    held(): number;
    get hasShutDown(): boolean;
    fail(error: Error): void;
    close(): void;
}

type Request = true | void;

interface RxrpcChallenge {
    readonly serviceId: number;
    readonly security: Named<keyof typeof securities>;
    readonly extra: Uint8Array;
}

interface RxrpcTimeouts {
    readonly hard: number;
    readonly idle?: number | undefined;
    readonly normal?: number | undefined;
}

declare const SEND_FLAGS: number;

type ScalarType = keyof ScalarValues;

interface ScalarValues {
    i8: number;
    u8: number;
    i16: number;
    u16: number;
    i32: number;
    u32: number;
    i64: bigint;
    u64: bigint;
    u16be: number;
    u32be: number;
    u64be: bigint;
    long: bigint;
    ulong: bigint;
    usize: number;
    pointer: bigint;
}

interface SctpInit {
    readonly outgoingStreams: number;
    readonly incomingStreams: number;
    readonly maxAttempts: number;
    readonly maxInitTimeout: number;
}

interface SctpNextInfo {
    readonly stream: number;
    readonly flags: number;
    readonly ppid: number;
    readonly length: number;
    readonly association: number;
}

interface SctpPrInfo {
    readonly policy: number;
    readonly value: number;
}

interface SctpReceiveInfo {
    readonly stream: number;
    readonly ssn: number;
    readonly flags: number;
    readonly ppid: number;
    readonly tsn: number;
    readonly cumulativeTsn: number;
    readonly context: number;
    readonly association: number;
}

interface SctpSendInfo {
    readonly stream: number;
    readonly flags: number;
    readonly ppid: number;
    readonly context: number;
    readonly association: number;
}

interface SctpSendReceiveInfo {
    readonly stream: number;
    readonly ssn: number;
    readonly flags: number;
    readonly ppid: number;
    readonly context: number;
    readonly timeToLive: number;
    readonly tsn: number;
    readonly cumulativeTsn: number;
    readonly association: number;
}

type SendCallback = (error: Error | null, bytes?: number) => void;

interface SendMessage {
    readonly buffers: readonly Uint8Array[];
    readonly name?: Uint8Array | undefined;
    readonly control?: Uint8Array | undefined;
}

interface SendOptions {
    readonly to?: AddressLike | undefined;
    readonly control?: readonly ControlItem[] | undefined;
    readonly flags?: number | undefined;
}

declare class Sender implements Watcher {
    #private;
    readonly events: number;
    constructor(transmitter: Transmitter, registration: Registration, traffic: Traffic, onWaiting: () => void);
    get waiting(): boolean;
    checkPeer(name: Uint8Array): void;
    get buffered(): number;
    now(message: Outgoing): number | undefined;
    plainNow(data: Uint8Array): boolean;
    send(message: Outgoing, signal?: AbortSignal): Promise<number>;
    many(messages: readonly Outgoing[], signal?: AbortSignal): Promise<void>;
    whenWritable(name: Uint8Array | undefined, signal?: AbortSignal): Promise<void>;
    flush(signal?: AbortSignal): Promise<void>;
    onReady(): boolean;
    onIdle(): void;
    fail(error: unknown): boolean;
    reopen(): void;
    failMessages(makeError: () => Error): void;
    get hasMessages(): boolean;
    close(error: Error): void;
}

interface SendingSocket extends FlaggedSocket {
    readonly family: Family | undefined;
    readonly type: number;
    readonly isStream: boolean;
    readonly protocol: number | undefined;
    readonly fd: number;
    readonly peer: () => Uint8Array | undefined;
    readonly target: {
        readonly name: Uint8Array | undefined;
    };
    readonly onOpening: () => void;
}

type Sent<D extends Direction, In> = D extends 'receive' ? never : In;

interface Settings {
    readonly reuseAddr?: boolean | undefined;
    readonly reusePort?: boolean | undefined;
    readonly recvBufferSize?: number | undefined;
    readonly sendBufferSize?: number | undefined;
    readonly ttl?: number | undefined;
    readonly broadcast?: boolean | undefined;
    readonly ipv6Only?: boolean | undefined;
}

declare class SocketDescriptor {
    #private;
    file: SocketFile | undefined;
    constructor(fd: number);
    get fd(): number;
    get isOurs(): boolean;
    take(before?: () => void): number;
    removeFile(): void;
    close(mayBlock: (fd: number) => boolean): void;
}

type SocketFamily = keyof typeof families;

interface SocketFile {
    readonly path: Buffer;
    readonly device: bigint;
    readonly inode: bigint;
    readonly born: bigint;
}

interface SocketOption {
    readonly level: number;
    readonly option: number;
    readonly name?: string;
}

type SocketType = keyof typeof types;

interface Sockets {
    readonly family?: Family | readonly Family[];
    readonly type?: AnySocketType | readonly AnySocketType[];
    readonly protocol?: number | readonly number[];
    readonly destination?: Destination;
    readonly options?: readonly SocketOption[];
    readonly withoutOptions?: readonly SocketOption[];
}

type State = 'open' | 'closed' | 'detached';

interface Struct<F> {
    readonly name: string;
    readonly abi: Abi;
    readonly size: number;
    readonly align: number;
    readonly flexible: boolean;
    readonly fields: {
        readonly [K in keyof F]: FieldLayout;
    };
    sizeOf(value: StructValue<F>): number;
    read(view: DataView, offset?: number): StructValue<F>;
    write(view: DataView, offset: number, value: StructValue<F>): void;
    for(abi: Abi): Struct<F>;
}

interface StructOptions {
    readonly name?: string | undefined;
    readonly abi?: Abi | undefined;
}

type StructValue<F> = {
    -readonly [K in keyof F]: FieldValue<F[K]>;
};

type Structs = {
    readonly [N in keyof typeof layouts]: Struct<GeneratedFields<(typeof layouts)[N]['types']>>;
};

declare class SystemError extends Error {
    readonly errno: number;
    readonly code: string;
    readonly syscall: string;
    readonly address?: string;
    readonly port?: number;
    constructor({ syscall, errno, address, port, hint }: SystemErrorInfo);
}

interface SystemErrorInfo {
    readonly syscall: string;
    readonly errno: number;
    readonly address?: string | undefined;
    readonly port?: number | undefined;
    readonly hint?: string | undefined;
}

declare class Target {
    #private;
    get name(): Uint8Array | undefined;
    get begun(): Uint8Array | undefined;
    begin(name: Uint8Array): void;
    set(name: Uint8Array): void;
    forget(): void;
}

type Target = keyof typeof targets;

interface Timespec {
    readonly ns: bigint;
    readonly sec: bigint;
    readonly nsec: bigint;
}

interface TimestampPacketInfo {
    readonly interfaceIndex: number;
    readonly length: number;
}

interface Timestamps {
    readonly software?: Timespec;
    readonly hardware?: Timespec;
    readonly converted?: Timespec;
}

interface Timeval {
    readonly ns: bigint;
    readonly sec: bigint;
    readonly usec: bigint;
}

interface TipcDestinationName {
    type: number;
    lower: number;
    upper: number;
}

interface TipcErrorInfo {
    readonly error: Named<keyof typeof errors>;
    readonly length: number;
}

type TlsRecordType = Named<keyof typeof recordTypes>;

interface ToDuplexOptions {
    readonly highWaterMark?: number | undefined;
    readonly allowHalfOpen?: boolean | undefined;
}

declare class Traffic {
    #private;
    constructor(socket: () => object | undefined);
    get counters(): Counters;
    sent(count: number, bytes: number): void;
    waiting(count: number, bytes: number, bufferedAmount: number): void;
    received(items: readonly Received[], queue: ReceiveQueue): void;
    dropped(items: readonly Received[], reason: DroppedTraffic['reason']): void;
}

interface TrafficMessage {
    readonly socket: object | undefined;
    readonly count: number;
    readonly bytes: number;
}

declare class Transmitter {
    #private;
    fd: number;
    readonly family: number;
    readonly type: number;
    readonly isStream: boolean;
    constructor(fd: number, { family, type, isStream, target }: {
        readonly family: number;
        readonly type: number;
        readonly isStream: boolean;
        readonly target: Target;
    }, callbacks: TransmitterCallbacks);
    get peer(): Uint8Array | undefined;
    get destination(): Uint8Array | undefined;
    held(): number;
    one(message: Outgoing, sent?: number): number;
    plain(data: Uint8Array): number;
    many(messages: readonly Outgoing[], start: number): number;
    error(result: number, message: Outgoing): SystemError;
}

interface TransmitterCallbacks {
    readonly held: () => number;
    readonly onOpening: () => void;
    readonly onReport: () => readonly AnyMessage[];
}

interface TruncatedTraffic extends ReceivedTraffic {
    readonly data: number;
    readonly control: number;
}

interface URead {
    readonly data: Buffer | null;
    readonly fds: number[];
}

declare class UServer extends EventEmitter {
    #private;
    listening: boolean;
    paused: boolean;
    fd: number | undefined;
    listen(path: string, callback?: () => void): void;
    listen(path: string, backlog?: number, callback?: () => void): void;
    listen(options: UServerOptions, callback?: () => void): void;
    pause(): void;
    resume(): void;
    close(): void;
}

interface UServerOptions {
    readonly path: string;
    readonly backlog?: number;
}

declare class USocket extends LazyDuplex {
    #private;
    fd: number | undefined;
    constructor(options?: string | USocketOptions | null, callback?: () => void);
    connect(options: string | USocketOptions, callback?: () => void): void;
    static of(socket: MessageSocket<typeof rights>): USocket;
    _read(): void;
    read(size?: number | null): Buffer | null;
    read(size: number | null | undefined, count: number | null): URead | null;
    unshift(chunk: Uint8Array | string | null | undefined, fds?: BufferEncoding | readonly number[]): void;
    write(chunk: string | Uint8Array | UWrite | readonly number[], encoding?: BufferEncoding | WriteCallback | null, callback?: WriteCallback): boolean;
    end(callback?: () => void): this;
    end(chunk: unknown, callback?: () => void): this;
    end(chunk: unknown, encoding?: BufferEncoding, callback?: () => void): this;
    setDefaultEncoding(encoding: BufferEncoding): this;
    _write(chunk: string | Uint8Array | UWrite | readonly number[], encoding: BufferEncoding, callback: WriteCallback): void;
    _final(callback: WriteCallback): void;
    _destroy(error: Error | null, callback: WriteCallback): void;
}

interface USocketOptions {
    readonly path?: string | undefined;
    readonly fd?: number | undefined;
    readonly allowHalfOpen?: boolean | undefined;
}

interface UWrite {
    readonly data?: Buffer;
    readonly fds?: readonly number[];
    readonly callback?: (chunk: UWrite) => void;
}

type UnixAddress = PathAddress | AbstractAddress | UnnamedAddress;

type UnixDgramCall = 'socket' | 'bind' | 'connect' | 'send' | 'recv' | 'close';

type UnixDgramCallback = (error?: UnixDgramError) => void;

declare class UnixDgramError extends Error {
    readonly code: number;
    readonly errno?: number;
    readonly syscall?: UnixDgramCall;
    readonly cause?: Error;
    constructor(message: string, code: number, cause?: Error);
}

interface UnixDgramEvents {
    message: [
        data: Buffer,
        info: MessageInfo
    ];
    listening: [
    ];
    connect: [
    ];
    error: [
        error: UnixDgramError
    ];
    congestion: [
        data: Data
    ];
    writable: [
    ];
    close: [
    ];
}

declare class UnixDgramSocket extends EmittingSocket<UnixDgramEvents> {
    #private;
    connected: boolean;
    constructor();
    ref(): this;
    bind(path: AddressLike): void;
    connect(path: AddressLike): void;
    send(data: Data, callback?: UnixDgramCallback): void;
    send(data: Data, offset: number, length: number, path: AddressLike, callback?: UnixDgramCallback): void;
    sendto(data: Data, offset: number, length: number, path: AddressLike, callback?: UnixDgramCallback): void;
    close(): void;
}

interface UnknownControl {
    readonly kind: 'unknown';
    readonly level: number;
    readonly type: number;
    readonly data: Uint8Array;
    readonly error?: unknown;
}

interface UnnamedAddress {
    readonly unnamed: true;
}

type ValueOf<D> = D extends {
    readonly decode: (data: Uint8Array, abi: Abi) => infer Out;
} ? Out : never;

interface VsockAddress {
    readonly cid: number;
    readonly port: number;
    readonly flags?: number | undefined;
}

interface WaitingTraffic extends TrafficMessage {
    readonly bufferedAmount: number;
}

interface Watch {
    readonly on: boolean;
    want(on: boolean): Error | undefined;
}

declare class Watchdog implements Disposable {
    #private;
    readonly interval: number;
    constructor(to: NotifySocket, interval: number);
    close(): void;
    [dispose](): void;
}

interface Watcher {
    readonly events: number;
    readonly passive?: boolean;
    readonly exclusive?: boolean;
    onHeld?(): number;
    readonly needsEvents?: boolean;
    onReady(events: number | undefined): boolean;
    onHangUp?(events: number): boolean;
    onIdle?(): void;
    fail(error: unknown): boolean;
}

interface WritableListener {
    onWritable(): void;
    onError(error: unknown): void;
}

type WriteCallback = (error?: Error | null) => void;

declare const __kernel_old_timespec: {
    readonly types: {
        readonly tv_sec: "long";
        readonly tv_nsec: "long";
    };
    readonly variants: readonly [
        {
            readonly targets: readonly [
                "x86_64-linux-gnu",
                "aarch64-linux-gnu",
                "riscv64-linux-gnu",
                "s390x-linux-gnu",
                "x86_64-linux-musl",
                "aarch64-linux-musl",
                "s390x-linux-musl"
            ];
            readonly size: 16;
            readonly align: 8;
            readonly fields: {
                readonly tv_sec: readonly [
                    0,
                    8
                ];
                readonly tv_nsec: readonly [
                    8,
                    8
                ];
            };
        },
        {
            readonly targets: readonly [
                "arm-linux-gnueabihf",
                "arm-linux-musleabihf"
            ];
            readonly size: 8;
            readonly align: 4;
            readonly fields: {
                readonly tv_sec: readonly [
                    0,
                    4
                ];
                readonly tv_nsec: readonly [
                    4,
                    4
                ];
            };
        }
    ];
};

declare const __kernel_old_timeval: {
    readonly types: {
        readonly tv_sec: "long";
        readonly tv_usec: "long";
    };
    readonly variants: readonly [
        {
            readonly targets: readonly [
                "x86_64-linux-gnu",
                "aarch64-linux-gnu",
                "riscv64-linux-gnu",
                "s390x-linux-gnu",
                "x86_64-linux-musl",
                "aarch64-linux-musl",
                "s390x-linux-musl"
            ];
            readonly size: 16;
            readonly align: 8;
            readonly fields: {
                readonly tv_sec: readonly [
                    0,
                    8
                ];
                readonly tv_usec: readonly [
                    8,
                    8
                ];
            };
        },
        {
            readonly targets: readonly [
                "arm-linux-gnueabihf",
                "arm-linux-musleabihf"
            ];
            readonly size: 8;
            readonly align: 4;
            readonly fields: {
                readonly tv_sec: readonly [
                    0,
                    4
                ];
                readonly tv_usec: readonly [
                    4,
                    4
                ];
            };
        }
    ];
};

declare const __kernel_sock_timeval: {
    readonly types: {
        readonly tv_sec: "i64";
        readonly tv_usec: "i64";
    };
    readonly variants: readonly [
        {
            readonly size: 16;
            readonly align: 8;
            readonly fields: {
                readonly tv_sec: readonly [
                    0,
                    8
                ];
                readonly tv_usec: readonly [
                    8,
                    8
                ];
            };
        }
    ];
};

declare const __kernel_timespec: {
    readonly types: {
        readonly tv_sec: "i64";
        readonly tv_nsec: "i64";
    };
    readonly variants: readonly [
        {
            readonly size: 16;
            readonly align: 8;
            readonly fields: {
                readonly tv_sec: readonly [
                    0,
                    8
                ];
                readonly tv_nsec: readonly [
                    8,
                    8
                ];
            };
        }
    ];
};

declare const _default: {
    createSocket: typeof createSocket;
    UServer: typeof UServer;
    USocket: typeof USocket;
};

declare const abis: Readonly<Record<Target, Abi>>;

declare function accept4(fd: number, flags?: number): {
    fd: number;
    name: Buffer;
};

declare const af_alg_iv: {
    readonly types: {
        readonly ivlen: "u32";
    };
    readonly variants: readonly [
        {
            readonly size: 4;
            readonly align: 4;
            readonly fields: {
                readonly ivlen: readonly [
                    0,
                    4
                ];
            };
        }
    ];
};

declare const algAssociatedLength: ControlMessage<'algAssociatedLength', number, number>;

declare const algIv: ControlMessage<'algIv', Uint8Array, Uint8Array>;

declare const algOperation: ControlMessage<'algOperation', AlgOperation, AlgOperation>;

declare const asyncDispose: typeof Symbol.asyncDispose;

declare function bind(fd: number, name: Uint8Array): void;

declare const bluetoothPacketStatus: ControlMessage<'bluetoothPacketStatus', never, number>;

declare const bluetoothRecvErr: ControlMessage<'bluetoothRecvErr', never, QueuedError>;

declare const bluetoothSequenceNumber: ControlMessage<'bluetoothSequenceNumber', never, number>;

declare const brand: unique symbol;

declare const builtins: readonly [
    ControlMessage<"credentials", Credentials, Credentials>,
    ControlMessage<"rights", readonly number[], number[]>,
    ControlMessage<"security", never, string>,
    ControlMessage<"pidfd", never, number>,
    ControlMessage<"inq", never, number>,
    ControlMessage<"timestamp", never, Timeval>,
    ControlMessage<"timestampNs", never, Timespec>,
    ControlMessage<"timestamping", number, Timestamps>,
    ControlMessage<"timestampNew", never, Timeval>,
    ControlMessage<"timestampNsNew", never, Timespec>,
    ControlMessage<"timestampingNew", number, Timestamps>,
    ControlMessage<"timestampingStats", never, Readonly<Record<string, number | bigint>>>,
    ControlMessage<"timestampingPacketInfo", never, TimestampPacketInfo>,
    ControlMessage<"timestampId", number, number>,
    ControlMessage<"txTime", bigint, bigint>,
    ControlMessage<"mark", number, number>,
    ControlMessage<"priority", number, number>,
    ControlMessage<"rxqOverflow", never, number>,
    ControlMessage<"wifiStatus", never, boolean>,
    ControlMessage<"devmemLinear", never, {
        readonly size: number;
    }>,
    ControlMessage<"devmemDmabuf", number, DeviceMemory>,
    ControlMessage<"packetInfo", PartialValue<PacketInfo>, PacketInfo>,
    ControlMessage<"ttl", number, number>,
    ControlMessage<"tos", number, number>,
    ControlMessage<"ipOptions", never, Uint8Array>,
    ControlMessage<"returnOptions", Uint8Array, Uint8Array>,
    ControlMessage<"recvErr", never, QueuedError>,
    ControlMessage<"originalDestination", never, InetAddress>,
    ControlMessage<"checksum", never, number>,
    ControlMessage<"fragmentSize", never, number>,
    ControlMessage<"protocol", number, number>,
    ControlMessage<"ipSecurity", never, string>,
    ControlMessage<"packetInfo6", PartialValue<PacketInfo6>, PacketInfo6>,
    ControlMessage<"hopLimit", number, number>,
    ControlMessage<"trafficClass", number, number>,
    ControlMessage<"flowInfo", number, number>,
    ControlMessage<"hopOptions", Uint8Array, Uint8Array>,
    ControlMessage<"destinationOptions", Uint8Array, Uint8Array>,
    ControlMessage<"routingHeader", Uint8Array, Uint8Array>,
    ControlMessage<"routingDestinationOptions", Uint8Array, Uint8Array>,
    ControlMessage<"pathMtu", never, PathMtu>,
    ControlMessage<"dontFragment", boolean, boolean>,
    ControlMessage<"recvErr6", never, QueuedError>,
    ControlMessage<"originalDestination6", never, InetAddress>,
    ControlMessage<"fragmentSize6", never, number>,
    ControlMessage<"packetInfo2292", PartialValue<PacketInfo6>, PacketInfo6>,
    ControlMessage<"hopLimit2292", number, number>,
    ControlMessage<"hopOptions2292", Uint8Array, Uint8Array>,
    ControlMessage<"destinationOptions2292", Uint8Array, Uint8Array>,
    ControlMessage<"routingHeader2292", Uint8Array, Uint8Array>,
    ControlMessage<"segmentSize", number, number>,
    ControlMessage<"gro", never, number>,
    ControlMessage<"tcpInq", never, number>,
    ControlMessage<"tlsSetRecordType", TlsRecordType, TlsRecordType>,
    ControlMessage<"tlsRecordType", never, TlsRecordType>,
    ControlMessage<"dccpPriority", number, number>,
    ControlMessage<"algIv", Uint8Array, Uint8Array>,
    ControlMessage<"algOperation", AlgOperation, AlgOperation>,
    ControlMessage<"algAssociatedLength", number, number>,
    ControlMessage<"netlinkPacketInfo", never, {
        group: number;
    }>,
    ControlMessage<"netlinkNamespace", never, number>,
    ControlMessage<"packetAuxdata", never, PacketAuxdata>,
    ControlMessage<"packetTxTimestamp", never, QueuedError>,
    ControlMessage<"vsockRecvErr", never, QueuedError>,
    ControlMessage<"llcPacketInfo", never, LlcPacketInfo>,
    ControlMessage<"iucvTargetClass", number, number>,
    ControlMessage<"canRecvErr", never, QueuedError>,
    ControlMessage<"j1939Destination", never, number>,
    ControlMessage<"j1939DestinationName", never, bigint>,
    ControlMessage<"j1939Priority", never, number>,
    ControlMessage<"j1939RecvErr", never, QueuedError>,
    ControlMessage<"j1939Stats", never, Readonly<Record<string, number | bigint>>>,
    ControlMessage<"bluetoothPacketStatus", never, number>,
    ControlMessage<"bluetoothRecvErr", never, QueuedError>,
    ControlMessage<"bluetoothSequenceNumber", never, number>,
    ControlMessage<"hciDirection", never, "in" | "out">,
    ControlMessage<"hciTimestamp", never, Timeval>,
    ControlMessage<"wpanLqi", never, number>,
    ControlMessage<"misdnTimestamp", never, Timeval>,
    ControlMessage<"tipcErrorInfo", never, TipcErrorInfo>,
    ControlMessage<"tipcReturnedData", never, Uint8Array>,
    ControlMessage<"tipcDestinationName", never, TipcDestinationName>,
    ControlMessage<"sctpInit", PartialValue<SctpInit>, SctpInit>,
    ControlMessage<"sctpSendReceiveInfo", PartialValue<SctpSendReceiveInfo>, SctpSendReceiveInfo>,
    ControlMessage<"sctpSendInfo", PartialValue<SctpSendInfo>, SctpSendInfo>,
    ControlMessage<"sctpReceiveInfo", never, SctpReceiveInfo>,
    ControlMessage<"sctpNextInfo", never, SctpNextInfo>,
    ControlMessage<"sctpPrInfo", PartialValue<SctpPrInfo>, SctpPrInfo>,
    ControlMessage<"sctpAuthInfo", {
        keyNumber: number;
    }, {
        keyNumber: number;
    }>,
    ControlMessage<"sctpDestination4", string, string>,
    ControlMessage<"sctpDestination6", string, string>,
    ControlMessage<"rdsRdmaArguments", PartialValue<RdsRdmaArguments>, RdsRdmaArguments>,
    ControlMessage<"rdsRdmaDestination", bigint, bigint>,
    ControlMessage<"rdsRdmaMap", PartialValue<RdsRdmaMap>, RdsRdmaMap>,
    ControlMessage<"rdsRdmaStatus", never, RdsRdmaStatus>,
    ControlMessage<"rdsCongestionUpdate", never, bigint>,
    ControlMessage<"rdsAtomicFetchAdd", PartialValue<RdsFetchAdd>, RdsFetchAdd>,
    ControlMessage<"rdsAtomicCompareSwap", PartialValue<RdsCompareSwap>, RdsCompareSwap>,
    ControlMessage<"rdsMaskedAtomicFetchAdd", PartialValue<RdsMaskedFetchAdd>, RdsMaskedFetchAdd>,
    ControlMessage<"rdsMaskedAtomicCompareSwap", PartialValue<RdsMaskedCompareSwap>, RdsMaskedCompareSwap>,
    ControlMessage<"rdsPathLatency", never, readonly RdsLatency[]>,
    ControlMessage<"rdsZerocopyCookie", number, number>,
    ControlMessage<"rdsZerocopyCompletion", never, number[]>,
    ControlMessage<"rxrpcUserCallId", bigint, bigint>,
    ControlMessage<"rxrpcAbort", number, number>,
    ControlMessage<"rxrpcAck", never, true>,
    ControlMessage<"rxrpcNetError", never, number>,
    ControlMessage<"rxrpcBusy", never, true>,
    ControlMessage<"rxrpcLocalError", never, number>,
    ControlMessage<"rxrpcNewCall", never, true>,
    ControlMessage<"rxrpcAccept", true | void, true>,
    ControlMessage<"rxrpcExclusiveCall", true | void, true>,
    ControlMessage<"rxrpcUpgradeService", true | void, true>,
    ControlMessage<"rxrpcTxLength", bigint, bigint>,
    ControlMessage<"rxrpcSetCallTimeout", RxrpcTimeouts, RxrpcTimeouts>,
    ControlMessage<"rxrpcChargeAccept", true | void, true>,
    ControlMessage<"rxrpcOobId", bigint, bigint>,
    ControlMessage<"rxrpcChallenged", never, RxrpcChallenge>,
    ControlMessage<"rxrpcRespond", true | void, true>,
    ControlMessage<"rxrpcResponded", never, Uint8Array>,
    ControlMessage<"rxrpcRespRxgkAppdata", Uint8Array, Uint8Array>
];

declare const canRecvErr: ControlMessage<'canRecvErr', never, QueuedError>;

declare const checksum: ControlMessage<'checksum', never, number>;

declare function close(fd: number): void;

declare const cmsghdr: {
    readonly types: {
        readonly cmsg_len: "usize";
        readonly cmsg_level: "i32";
        readonly cmsg_type: "i32";
    };
    readonly variants: readonly [
        {
            readonly targets: readonly [
                "x86_64-linux-gnu",
                "aarch64-linux-gnu",
                "riscv64-linux-gnu",
                "s390x-linux-gnu"
            ];
            readonly size: 16;
            readonly align: 8;
            readonly fields: {
                readonly cmsg_len: readonly [
                    0,
                    8
                ];
                readonly cmsg_level: readonly [
                    8,
                    4
                ];
                readonly cmsg_type: readonly [
                    12,
                    4
                ];
            };
        },
        {
            readonly targets: readonly [
                "arm-linux-gnueabihf",
                "arm-linux-musleabihf"
            ];
            readonly size: 12;
            readonly align: 4;
            readonly fields: {
                readonly cmsg_len: readonly [
                    0,
                    4
                ];
                readonly cmsg_level: readonly [
                    4,
                    4
                ];
                readonly cmsg_type: readonly [
                    8,
                    4
                ];
            };
        },
        {
            readonly targets: readonly [
                "x86_64-linux-musl",
                "aarch64-linux-musl"
            ];
            readonly size: 16;
            readonly align: 4;
            readonly fields: {
                readonly cmsg_len: readonly [
                    0,
                    8
                ];
                readonly cmsg_level: readonly [
                    8,
                    4
                ];
                readonly cmsg_type: readonly [
                    12,
                    4
                ];
            };
            readonly declared: {
                readonly cmsg_len: readonly [
                    0,
                    4
                ];
            };
        },
        {
            readonly targets: readonly [
                "s390x-linux-musl"
            ];
            readonly size: 16;
            readonly align: 4;
            readonly fields: {
                readonly cmsg_len: readonly [
                    0,
                    8
                ];
                readonly cmsg_level: readonly [
                    8,
                    4
                ];
                readonly cmsg_type: readonly [
                    12,
                    4
                ];
            };
            readonly declared: {
                readonly cmsg_len: readonly [
                    4,
                    4
                ];
            };
        }
    ];
};

declare function connect(fd: number, name: Uint8Array): void;

declare const constants: Constants;

declare const constants$1: {
    readonly AF_UNSPEC: 0;
    readonly AF_UNIX: 1;
    readonly AF_LOCAL: 1;
    readonly AF_INET: 2;
    readonly AF_AX25: 3;
    readonly AF_IPX: 4;
    readonly AF_APPLETALK: 5;
    readonly AF_NETROM: 6;
    readonly AF_BRIDGE: 7;
    readonly AF_ATMPVC: 8;
    readonly AF_X25: 9;
    readonly AF_INET6: 10;
    readonly AF_ROSE: 11;
    readonly AF_KEY: 15;
    readonly AF_NETLINK: 16;
    readonly AF_PACKET: 17;
    readonly AF_ATMSVC: 20;
    readonly AF_RDS: 21;
    readonly AF_SNA: 22;
    readonly AF_IRDA: 23;
    readonly AF_PPPOX: 24;
    readonly AF_LLC: 26;
    readonly AF_IB: 27;
    readonly AF_MPLS: 28;
    readonly AF_CAN: 29;
    readonly AF_TIPC: 30;
    readonly AF_BLUETOOTH: 31;
    readonly AF_IUCV: 32;
    readonly AF_RXRPC: 33;
    readonly AF_ISDN: 34;
    readonly AF_PHONET: 35;
    readonly AF_IEEE802154: 36;
    readonly AF_CAIF: 37;
    readonly AF_ALG: 38;
    readonly AF_NFC: 39;
    readonly AF_VSOCK: 40;
    readonly AF_KCM: 41;
    readonly AF_QIPCRTR: 42;
    readonly AF_SMC: 43;
    readonly AF_XDP: 44;
    readonly AF_MCTP: 45;
    readonly PF_UNSPEC: 0;
    readonly PF_UNIX: 1;
    readonly PF_LOCAL: 1;
    readonly PF_INET: 2;
    readonly PF_INET6: 10;
    readonly PF_NETLINK: 16;
    readonly PF_PACKET: 17;
    readonly SOCK_STREAM: 1;
    readonly SOCK_DGRAM: 2;
    readonly SOCK_RAW: 3;
    readonly SOCK_RDM: 4;
    readonly SOCK_SEQPACKET: 5;
    readonly SOCK_DCCP: 6;
    readonly SOCK_PACKET: 10;
    readonly SHUT_RD: 0;
    readonly SHUT_WR: 1;
    readonly SHUT_RDWR: 2;
    readonly SOCK_CLOEXEC: 524288;
    readonly SOCK_NONBLOCK: 2048;
    readonly SOL_SOCKET: 1;
    readonly SOL_IP: 0;
    readonly SOL_TCP: 6;
    readonly SOL_UDP: 17;
    readonly SOL_IPV6: 41;
    readonly SOL_ICMPV6: 58;
    readonly SOL_RAW: 255;
    readonly SOL_DECNET: 261;
    readonly SOL_X25: 262;
    readonly SOL_PACKET: 263;
    readonly SOL_ATM: 264;
    readonly SOL_AAL: 265;
    readonly SOL_IRDA: 266;
    readonly SOL_NETBEUI: 267;
    readonly SOL_LLC: 268;
    readonly SOL_DCCP: 269;
    readonly SOL_NETLINK: 270;
    readonly SOL_TIPC: 271;
    readonly SOL_RXRPC: 272;
    readonly SOL_PPPOL2TP: 273;
    readonly SOL_BLUETOOTH: 274;
    readonly SOL_PNPIPE: 275;
    readonly SOL_RDS: 276;
    readonly SOL_IUCV: 277;
    readonly SOL_CAIF: 278;
    readonly SOL_ALG: 279;
    readonly SOL_NFC: 280;
    readonly SOL_KCM: 281;
    readonly SOL_TLS: 282;
    readonly SOL_XDP: 283;
    readonly SOL_MPTCP: 284;
    readonly SOL_MCTP: 285;
    readonly SOL_SMC: 286;
    readonly SOL_SCTP: 132;
    readonly SOL_UDPLITE: 136;
    readonly SOL_HCI: 0;
    readonly SOL_L2CAP: 6;
    readonly SOL_SCO: 17;
    readonly BT_SCM_PKT_STATUS: 3;
    readonly BT_SCM_ERROR: 4;
    readonly BT_SCM_PKT_SEQNUM: 5;
    readonly BT_PKT_STATUS: 16;
    readonly BT_PKT_SEQNUM: 22;
    readonly HCI_CMSG_DIR: 1;
    readonly HCI_CMSG_TSTAMP: 2;
    readonly HCI_DATA_DIR: 1;
    readonly HCI_TIME_STAMP: 3;
    readonly SOL_IEEE802154: 0;
    readonly WPAN_WANTLQI: 3;
    readonly SOL_MISDN: 0;
    readonly MISDN_TIME_STAMP: 1;
    readonly SCM_IUCV_TRGCLS: 1;
    readonly SO_DEBUG: 1;
    readonly SO_REUSEADDR: 2;
    readonly SO_TYPE: 3;
    readonly SO_ERROR: 4;
    readonly SO_DONTROUTE: 5;
    readonly SO_BROADCAST: 6;
    readonly SO_SNDBUF: 7;
    readonly SO_RCVBUF: 8;
    readonly SO_KEEPALIVE: 9;
    readonly SO_OOBINLINE: 10;
    readonly SO_NO_CHECK: 11;
    readonly SO_PRIORITY: 12;
    readonly SO_LINGER: 13;
    readonly SO_BSDCOMPAT: 14;
    readonly SO_RCVLOWAT: 18;
    readonly SO_SNDLOWAT: 19;
    readonly SO_RCVTIMEO_OLD: 20;
    readonly SO_SNDTIMEO_OLD: 21;
    readonly SO_BINDTODEVICE: 25;
    readonly SO_ATTACH_FILTER: 26;
    readonly SO_DETACH_FILTER: 27;
    readonly SO_GET_FILTER: 26;
    readonly SO_PEERNAME: 28;
    readonly SO_TIMESTAMP_OLD: 29;
    readonly SO_ACCEPTCONN: 30;
    readonly SO_WIFI_STATUS: 41;
    readonly SO_NOFCS: 43;
    readonly SO_MEMINFO: 55;
    readonly SO_COOKIE: 57;
    readonly SO_BINDTOIFINDEX: 62;
    readonly SO_PREFER_BUSY_POLL: 69;
    readonly SO_BUSY_POLL_BUDGET: 70;
    readonly SO_NETNS_COOKIE: 71;
    readonly SO_BUF_LOCK: 72;
    readonly SO_RESERVE_MEM: 73;
    readonly SO_TXREHASH: 74;
    readonly SO_PASSCRED: 16;
    readonly SO_PEERCRED: 17;
    readonly SO_PEERSEC: 31;
    readonly SO_SNDBUFFORCE: 32;
    readonly SO_RCVBUFFORCE: 33;
    readonly SO_PASSSEC: 34;
    readonly SO_TIMESTAMPNS_OLD: 35;
    readonly SO_MARK: 36;
    readonly SO_TIMESTAMPING_OLD: 37;
    readonly SO_PROTOCOL: 38;
    readonly SO_DOMAIN: 39;
    readonly SO_RXQ_OVFL: 40;
    readonly SO_PEEK_OFF: 42;
    readonly SO_REUSEPORT: 15;
    readonly SO_LOCK_FILTER: 44;
    readonly SO_SELECT_ERR_QUEUE: 45;
    readonly SO_BUSY_POLL: 46;
    readonly SO_MAX_PACING_RATE: 47;
    readonly SO_BPF_EXTENSIONS: 48;
    readonly SO_INCOMING_CPU: 49;
    readonly SO_ATTACH_BPF: 50;
    readonly SO_DETACH_BPF: 27;
    readonly SO_ATTACH_REUSEPORT_CBPF: 51;
    readonly SO_ATTACH_REUSEPORT_EBPF: 52;
    readonly SO_CNX_ADVICE: 53;
    readonly SO_INCOMING_NAPI_ID: 56;
    readonly SO_PEERGROUPS: 59;
    readonly SO_ZEROCOPY: 60;
    readonly SO_TXTIME: 61;
    readonly SO_TIMESTAMP_NEW: 63;
    readonly SO_TIMESTAMPNS_NEW: 64;
    readonly SO_TIMESTAMPING_NEW: 65;
    readonly SO_RCVTIMEO_NEW: 66;
    readonly SO_SNDTIMEO_NEW: 67;
    readonly SO_DETACH_REUSEPORT_BPF: 68;
    readonly SO_RCVMARK: 75;
    readonly SO_PASSPIDFD: 76;
    readonly SO_PEERPIDFD: 77;
    readonly SO_DEVMEM_LINEAR: 78;
    readonly SO_DEVMEM_DMABUF: 79;
    readonly SO_DEVMEM_DONTNEED: 80;
    readonly SO_RCVPRIORITY: 82;
    readonly SO_PASSRIGHTS: 83;
    readonly SO_INQ: 84;
    readonly SCM_WIFI_STATUS: 41;
    readonly SCM_RIGHTS: 1;
    readonly SCM_CREDENTIALS: 2;
    readonly SCM_TIMESTAMPING_OPT_STATS: 54;
    readonly SCM_TIMESTAMPING_PKTINFO: 58;
    readonly SCM_TXTIME: 61;
    readonly SCM_DEVMEM_LINEAR: 78;
    readonly SCM_DEVMEM_DMABUF: 79;
    readonly SCM_TS_OPT_ID: 81;
    readonly SCM_INQ: 84;
    readonly SCM_SECURITY: 3;
    readonly SCM_PIDFD: 4;
    readonly SCM_MAX_FD: 253;
    readonly MSG_OOB: 1;
    readonly MSG_PEEK: 2;
    readonly MSG_DONTROUTE: 4;
    readonly MSG_CTRUNC: 8;
    readonly MSG_PROXY: 16;
    readonly MSG_TRUNC: 32;
    readonly MSG_DONTWAIT: 64;
    readonly MSG_EOR: 128;
    readonly MSG_WAITALL: 256;
    readonly MSG_FIN: 512;
    readonly MSG_SYN: 1024;
    readonly MSG_CONFIRM: 2048;
    readonly MSG_RST: 4096;
    readonly MSG_ERRQUEUE: 8192;
    readonly MSG_NOSIGNAL: 16384;
    readonly MSG_MORE: 32768;
    readonly MSG_BATCH: 262144;
    readonly MSG_FASTOPEN: 536870912;
    readonly MSG_CMSG_CLOEXEC: 1073741824;
    readonly MSG_WAITFORONE: 65536;
    readonly MSG_ZEROCOPY: 67108864;
    readonly MSG_SOCK_DEVMEM: 33554432;
    readonly MSG_CMSG_COMPAT: 2147483648;
    readonly IPPROTO_IP: 0;
    readonly IPPROTO_ICMP: 1;
    readonly IPPROTO_IGMP: 2;
    readonly IPPROTO_TCP: 6;
    readonly IPPROTO_UDP: 17;
    readonly IPPROTO_DCCP: 33;
    readonly IPPROTO_IPV6: 41;
    readonly IPPROTO_ICMPV6: 58;
    readonly IPPROTO_SCTP: 132;
    readonly IPPROTO_UDPLITE: 136;
    readonly IPPROTO_MPTCP: 262;
    readonly IPPROTO_RAW: 255;
    readonly IP_TOS: 1;
    readonly IP_TTL: 2;
    readonly IP_HDRINCL: 3;
    readonly IP_OPTIONS: 4;
    readonly IP_ROUTER_ALERT: 5;
    readonly IP_RECVOPTS: 6;
    readonly IP_RETOPTS: 7;
    readonly IP_PKTINFO: 8;
    readonly IP_PKTOPTIONS: 9;
    readonly IP_MTU_DISCOVER: 10;
    readonly IP_RECVERR: 11;
    readonly IP_RECVTTL: 12;
    readonly IP_RECVTOS: 13;
    readonly IP_MTU: 14;
    readonly IP_FREEBIND: 15;
    readonly IP_TRANSPARENT: 19;
    readonly IP_MINTTL: 21;
    readonly IP_NODEFRAG: 22;
    readonly IP_CHECKSUM: 23;
    readonly IP_BIND_ADDRESS_NO_PORT: 24;
    readonly IP_MULTICAST_IF: 32;
    readonly IP_MULTICAST_TTL: 33;
    readonly IP_MULTICAST_LOOP: 34;
    readonly IP_ADD_MEMBERSHIP: 35;
    readonly IP_DROP_MEMBERSHIP: 36;
    readonly IP_ADD_SOURCE_MEMBERSHIP: 39;
    readonly IP_DROP_SOURCE_MEMBERSHIP: 40;
    readonly IP_BLOCK_SOURCE: 38;
    readonly IP_UNBLOCK_SOURCE: 37;
    readonly MCAST_JOIN_GROUP: 42;
    readonly MCAST_LEAVE_GROUP: 45;
    readonly MCAST_JOIN_SOURCE_GROUP: 46;
    readonly MCAST_LEAVE_SOURCE_GROUP: 47;
    readonly MCAST_BLOCK_SOURCE: 43;
    readonly MCAST_UNBLOCK_SOURCE: 44;
    readonly IP_MSFILTER: 41;
    readonly MCAST_MSFILTER: 48;
    readonly MCAST_EXCLUDE: 0;
    readonly MCAST_INCLUDE: 1;
    readonly IP_MULTICAST_ALL: 49;
    readonly IP_UNICAST_IF: 50;
    readonly IP_PMTUDISC_DONT: 0;
    readonly IP_PMTUDISC_WANT: 1;
    readonly IP_PMTUDISC_DO: 2;
    readonly IP_PMTUDISC_PROBE: 3;
    readonly IPV6_2292PKTINFO: 2;
    readonly IPV6_2292HOPOPTS: 3;
    readonly IPV6_2292DSTOPTS: 4;
    readonly IPV6_2292RTHDR: 5;
    readonly IPV6_2292PKTOPTIONS: 6;
    readonly IPV6_2292HOPLIMIT: 8;
    readonly IPV6_CHECKSUM: 7;
    readonly IPV6_UNICAST_HOPS: 16;
    readonly IPV6_MULTICAST_IF: 17;
    readonly IPV6_MULTICAST_HOPS: 18;
    readonly IPV6_MULTICAST_LOOP: 19;
    readonly IPV6_JOIN_GROUP: 20;
    readonly IPV6_LEAVE_GROUP: 21;
    readonly IPV6_MTU_DISCOVER: 23;
    readonly IPV6_MTU: 24;
    readonly IPV6_RECVERR: 25;
    readonly IPV6_V6ONLY: 26;
    readonly IPV6_HDRINCL: 36;
    readonly IPV6_AUTOFLOWLABEL: 70;
    readonly IPV6_TRANSPARENT: 75;
    readonly IPV6_UNICAST_IF: 76;
    readonly IPV6_FREEBIND: 78;
    readonly IPV6_RECVPKTINFO: 49;
    readonly IPV6_PKTINFO: 50;
    readonly IPV6_RECVHOPLIMIT: 51;
    readonly IPV6_HOPLIMIT: 52;
    readonly IPV6_RECVHOPOPTS: 53;
    readonly IPV6_HOPOPTS: 54;
    readonly IPV6_RTHDRDSTOPTS: 55;
    readonly IPV6_RECVRTHDR: 56;
    readonly IPV6_RTHDR: 57;
    readonly IPV6_RECVDSTOPTS: 58;
    readonly IPV6_DSTOPTS: 59;
    readonly IPV6_RECVTCLASS: 66;
    readonly IPV6_TCLASS: 67;
    readonly IP_PASSSEC: 18;
    readonly IP_ORIGDSTADDR: 20;
    readonly IP_RECVORIGDSTADDR: 20;
    readonly IPV6_RECVPATHMTU: 60;
    readonly IPV6_PATHMTU: 61;
    readonly IPV6_DONTFRAG: 62;
    readonly IPV6_ORIGDSTADDR: 74;
    readonly IPV6_RECVORIGDSTADDR: 74;
    readonly IP_RECVFRAGSIZE: 25;
    readonly IPV6_RECVFRAGSIZE: 77;
    readonly IP_RECVERR_RFC4884: 26;
    readonly IPV6_RECVERR_RFC4884: 31;
    readonly IP_LOCAL_PORT_RANGE: 51;
    readonly IP_PROTOCOL: 52;
    readonly IPV6_FLOWINFO: 11;
    readonly IPV6_FLOWLABEL_MGR: 32;
    readonly IPV6_FLOWINFO_SEND: 33;
    readonly UDP_CORK: 1;
    readonly UDP_ENCAP: 100;
    readonly UDP_NO_CHECK6_TX: 101;
    readonly UDP_NO_CHECK6_RX: 102;
    readonly UDP_SEGMENT: 103;
    readonly UDP_GRO: 104;
    readonly TCP_NODELAY: 1;
    readonly TCP_MAXSEG: 2;
    readonly TCP_CORK: 3;
    readonly TCP_KEEPIDLE: 4;
    readonly TCP_KEEPINTVL: 5;
    readonly TCP_KEEPCNT: 6;
    readonly TCP_USER_TIMEOUT: 18;
    readonly TCP_QUICKACK: 12;
    readonly TCP_ULP: 31;
    readonly TCP_ZEROCOPY_RECEIVE: 35;
    readonly TCP_INQ: 36;
    readonly TCP_CM_INQ: 36;
    readonly TCP_NLA_PAD: 0;
    readonly TCP_NLA_BUSY: 1;
    readonly TCP_NLA_RWND_LIMITED: 2;
    readonly TCP_NLA_SNDBUF_LIMITED: 3;
    readonly TCP_NLA_DATA_SEGS_OUT: 4;
    readonly TCP_NLA_TOTAL_RETRANS: 5;
    readonly TCP_NLA_PACING_RATE: 6;
    readonly TCP_NLA_DELIVERY_RATE: 7;
    readonly TCP_NLA_SND_CWND: 8;
    readonly TCP_NLA_REORDERING: 9;
    readonly TCP_NLA_MIN_RTT: 10;
    readonly TCP_NLA_RECUR_RETRANS: 11;
    readonly TCP_NLA_DELIVERY_RATE_APP_LMT: 12;
    readonly TCP_NLA_SNDQ_SIZE: 13;
    readonly TCP_NLA_CA_STATE: 14;
    readonly TCP_NLA_SND_SSTHRESH: 15;
    readonly TCP_NLA_DELIVERED: 16;
    readonly TCP_NLA_DELIVERED_CE: 17;
    readonly TCP_NLA_BYTES_SENT: 18;
    readonly TCP_NLA_BYTES_RETRANS: 19;
    readonly TCP_NLA_DSACK_DUPS: 20;
    readonly TCP_NLA_REORD_SEEN: 21;
    readonly TCP_NLA_SRTT: 22;
    readonly TCP_NLA_TIMEOUT_REHASH: 23;
    readonly TCP_NLA_BYTES_NOTSENT: 24;
    readonly TCP_NLA_EDT: 25;
    readonly TCP_NLA_TTL: 26;
    readonly ICMP_FILTER: 1;
    readonly ICMP_ECHO: 8;
    readonly ICMP_ECHOREPLY: 0;
    readonly ICMP_DEST_UNREACH: 3;
    readonly ICMP_SOURCE_QUENCH: 4;
    readonly ICMP_REDIRECT: 5;
    readonly ICMP_TIME_EXCEEDED: 11;
    readonly ICMP_PARAMETERPROB: 12;
    readonly ICMP_NET_UNREACH: 0;
    readonly ICMP_HOST_UNREACH: 1;
    readonly ICMP_PROT_UNREACH: 2;
    readonly ICMP_PORT_UNREACH: 3;
    readonly ICMP_FRAG_NEEDED: 4;
    readonly ICMP_SR_FAILED: 5;
    readonly ICMP_NET_UNKNOWN: 6;
    readonly ICMP_HOST_UNKNOWN: 7;
    readonly ICMP_HOST_ISOLATED: 8;
    readonly ICMP_NET_ANO: 9;
    readonly ICMP_HOST_ANO: 10;
    readonly ICMP_NET_UNR_TOS: 11;
    readonly ICMP_HOST_UNR_TOS: 12;
    readonly ICMP_PKT_FILTERED: 13;
    readonly ICMP_PREC_VIOLATION: 14;
    readonly ICMP_PREC_CUTOFF: 15;
    readonly ICMPV6_FILTER: 1;
    readonly ICMPV6_ECHO_REQUEST: 128;
    readonly ICMPV6_ECHO_REPLY: 129;
    readonly ICMPV6_DEST_UNREACH: 1;
    readonly ICMPV6_PKT_TOOBIG: 2;
    readonly ICMPV6_TIME_EXCEED: 3;
    readonly ICMPV6_PARAMPROB: 4;
    readonly ICMPV6_NOROUTE: 0;
    readonly ICMPV6_ADM_PROHIBITED: 1;
    readonly ICMPV6_NOT_NEIGHBOUR: 2;
    readonly ICMPV6_ADDR_UNREACH: 3;
    readonly ICMPV6_PORT_UNREACH: 4;
    readonly ICMPV6_POLICY_FAIL: 5;
    readonly ICMPV6_REJECT_ROUTE: 6;
    readonly IPTOS_LOWDELAY: 16;
    readonly IPTOS_THROUGHPUT: 8;
    readonly IPTOS_RELIABILITY: 4;
    readonly IPTOS_MINCOST: 2;
    readonly SO_EE_ORIGIN_NONE: 0;
    readonly SO_EE_ORIGIN_LOCAL: 1;
    readonly SO_EE_ORIGIN_ICMP: 2;
    readonly SO_EE_ORIGIN_ICMP6: 3;
    readonly SO_EE_ORIGIN_TXSTATUS: 4;
    readonly SO_EE_ORIGIN_TIMESTAMPING: 4;
    readonly SO_EE_ORIGIN_ZEROCOPY: 5;
    readonly SO_EE_ORIGIN_TXTIME: 6;
    readonly SO_EE_CODE_ZEROCOPY_COPIED: 1;
    readonly SO_EE_CODE_TXTIME_INVALID_PARAM: 1;
    readonly SO_EE_CODE_TXTIME_MISSED: 2;
    readonly SO_EE_RFC4884_FLAG_INVALID: 1;
    readonly SCM_TSTAMP_SND: 0;
    readonly SCM_TSTAMP_SCHED: 1;
    readonly SCM_TSTAMP_ACK: 2;
    readonly SCM_TSTAMP_COMPLETION: 3;
    readonly SOF_TXTIME_DEADLINE_MODE: 1;
    readonly SOF_TXTIME_REPORT_ERRORS: 2;
    readonly SOF_TIMESTAMPING_TX_HARDWARE: 1;
    readonly SOF_TIMESTAMPING_TX_SOFTWARE: 2;
    readonly SOF_TIMESTAMPING_RX_HARDWARE: 4;
    readonly SOF_TIMESTAMPING_RX_SOFTWARE: 8;
    readonly SOF_TIMESTAMPING_SOFTWARE: 16;
    readonly SOF_TIMESTAMPING_SYS_HARDWARE: 32;
    readonly SOF_TIMESTAMPING_RAW_HARDWARE: 64;
    readonly SOF_TIMESTAMPING_OPT_ID: 128;
    readonly SOF_TIMESTAMPING_TX_SCHED: 256;
    readonly SOF_TIMESTAMPING_TX_ACK: 512;
    readonly SOF_TIMESTAMPING_OPT_CMSG: 1024;
    readonly SOF_TIMESTAMPING_OPT_TSONLY: 2048;
    readonly SOF_TIMESTAMPING_OPT_STATS: 4096;
    readonly SOF_TIMESTAMPING_OPT_PKTINFO: 8192;
    readonly SOF_TIMESTAMPING_OPT_TX_SWHW: 16384;
    readonly SOF_TIMESTAMPING_BIND_PHC: 32768;
    readonly SOF_TIMESTAMPING_OPT_ID_TCP: 65536;
    readonly SOF_TIMESTAMPING_OPT_RX_FILTER: 131072;
    readonly SOF_TIMESTAMPING_TX_COMPLETION: 262144;
    readonly NLMSG_NOOP: 1;
    readonly NLMSG_ERROR: 2;
    readonly NLMSG_DONE: 3;
    readonly NLMSG_OVERRUN: 4;
    readonly NETLINK_ROUTE: 0;
    readonly NETLINK_USERSOCK: 2;
    readonly NETLINK_SOCK_DIAG: 4;
    readonly NETLINK_AUDIT: 9;
    readonly NETLINK_CONNECTOR: 11;
    readonly NETLINK_NETFILTER: 12;
    readonly NETLINK_KOBJECT_UEVENT: 15;
    readonly NETLINK_GENERIC: 16;
    readonly NETLINK_ADD_MEMBERSHIP: 1;
    readonly NETLINK_DROP_MEMBERSHIP: 2;
    readonly NETLINK_BROADCAST_ERROR: 4;
    readonly NETLINK_NO_ENOBUFS: 5;
    readonly NETLINK_CAP_ACK: 10;
    readonly NETLINK_EXT_ACK: 11;
    readonly NETLINK_GET_STRICT_CHK: 12;
    readonly NETLINK_PKTINFO: 3;
    readonly NETLINK_LISTEN_ALL_NSID: 8;
    readonly NETLINK_LIST_MEMBERSHIPS: 9;
    readonly NLM_F_REQUEST: 1;
    readonly NLM_F_MULTI: 2;
    readonly NLM_F_ACK: 4;
    readonly NLM_F_ECHO: 8;
    readonly NLM_F_ROOT: 256;
    readonly NLM_F_MATCH: 512;
    readonly NLM_F_DUMP: 768;
    readonly SOCK_DIAG_BY_FAMILY: 20;
    readonly UNIX_DIAG_VFS: 1;
    readonly UDIAG_SHOW_VFS: 2;
    readonly RTM_NEWLINK: 16;
    readonly RTM_DELLINK: 17;
    readonly RTM_GETLINK: 18;
    readonly RTM_NEWADDR: 20;
    readonly RTM_DELADDR: 21;
    readonly RTM_GETADDR: 22;
    readonly RTM_NEWROUTE: 24;
    readonly RTM_DELROUTE: 25;
    readonly RTM_GETROUTE: 26;
    readonly RTM_NEWNEIGH: 28;
    readonly RTM_DELNEIGH: 29;
    readonly RTM_GETNEIGH: 30;
    readonly RTMGRP_LINK: 1;
    readonly RTMGRP_NOTIFY: 2;
    readonly RTMGRP_NEIGH: 4;
    readonly RTMGRP_IPV4_IFADDR: 16;
    readonly RTMGRP_IPV4_ROUTE: 64;
    readonly RTMGRP_IPV6_IFADDR: 256;
    readonly RTMGRP_IPV6_ROUTE: 1024;
    readonly PACKET_HOST: 0;
    readonly PACKET_BROADCAST: 1;
    readonly PACKET_MULTICAST: 2;
    readonly PACKET_OTHERHOST: 3;
    readonly PACKET_OUTGOING: 4;
    readonly PACKET_LOOPBACK: 5;
    readonly PACKET_ORIGDEV: 9;
    readonly PACKET_TX_TIMESTAMP: 16;
    readonly PACKET_TIMESTAMP: 17;
    readonly TP_STATUS_USER: 1;
    readonly TP_STATUS_COPY: 2;
    readonly TP_STATUS_LOSING: 4;
    readonly TP_STATUS_CSUMNOTREADY: 8;
    readonly TP_STATUS_VLAN_VALID: 16;
    readonly TP_STATUS_VLAN_TPID_VALID: 64;
    readonly TP_STATUS_CSUM_VALID: 128;
    readonly PACKET_AUXDATA: 8;
    readonly ETH_P_ALL: 3;
    readonly ETH_P_IP: 2048;
    readonly ETH_P_IPV6: 34525;
    readonly ETH_P_ARP: 2054;
    readonly ETH_P_8021Q: 33024;
    readonly ETH_P_8021AD: 34984;
    readonly IF_NAMESIZE: 16;
    readonly VMADDR_CID_ANY: 4294967295;
    readonly VMADDR_PORT_ANY: 4294967295;
    readonly VMADDR_CID_HYPERVISOR: 0;
    readonly VMADDR_CID_LOCAL: 1;
    readonly VMADDR_CID_HOST: 2;
    readonly SOL_VSOCK: 287;
    readonly VSOCK_RECVERR: 1;
    readonly SOL_CAN_BASE: 100;
    readonly SOL_CAN_RAW: 101;
    readonly SCM_CAN_RAW_ERRQUEUE: 1;
    readonly SOL_CAN_J1939: 107;
    readonly SO_J1939_ERRQUEUE: 4;
    readonly SCM_J1939_DEST_ADDR: 1;
    readonly SCM_J1939_DEST_NAME: 2;
    readonly SCM_J1939_PRIO: 3;
    readonly SCM_J1939_ERRQUEUE: 4;
    readonly J1939_NLA_PAD: 0;
    readonly J1939_NLA_BYTES_ACKED: 1;
    readonly J1939_EE_INFO_NONE: 0;
    readonly J1939_EE_INFO_TX_ABORT: 1;
    readonly J1939_NLA_TOTAL_SIZE: 2;
    readonly J1939_NLA_PGN: 3;
    readonly J1939_NLA_SRC_NAME: 4;
    readonly J1939_NLA_DEST_NAME: 5;
    readonly J1939_NLA_SRC_ADDR: 6;
    readonly J1939_NLA_DEST_ADDR: 7;
    readonly J1939_EE_INFO_RX_RTS: 2;
    readonly J1939_EE_INFO_RX_DPO: 3;
    readonly J1939_EE_INFO_RX_ABORT: 4;
    readonly ALG_SET_KEY: 1;
    readonly ALG_SET_IV: 2;
    readonly ALG_SET_OP: 3;
    readonly ALG_SET_AEAD_ASSOCLEN: 4;
    readonly ALG_SET_AEAD_AUTHSIZE: 5;
    readonly ALG_OP_DECRYPT: 0;
    readonly ALG_OP_ENCRYPT: 1;
    readonly TLS_TX: 1;
    readonly TLS_RX: 2;
    readonly TLS_SET_RECORD_TYPE: 1;
    readonly TLS_GET_RECORD_TYPE: 2;
    readonly TLS_RECORD_TYPE_CHANGE_CIPHER_SPEC: 20;
    readonly TLS_RECORD_TYPE_ALERT: 21;
    readonly TLS_RECORD_TYPE_HANDSHAKE: 22;
    readonly TLS_RECORD_TYPE_DATA: 23;
    readonly LLC_OPT_PKTINFO: 9;
    readonly TIPC_ERRINFO: 1;
    readonly TIPC_RETDATA: 2;
    readonly TIPC_DESTNAME: 3;
    readonly TIPC_OK: 0;
    readonly TIPC_ERR_NO_NAME: 1;
    readonly TIPC_ERR_NO_PORT: 2;
    readonly TIPC_ERR_NO_NODE: 3;
    readonly TIPC_ERR_OVERLOAD: 4;
    readonly TIPC_CONN_SHUTDOWN: 5;
    readonly SCTP_INIT: 0;
    readonly SCTP_SNDRCV: 1;
    readonly SCTP_SNDINFO: 2;
    readonly SCTP_RCVINFO: 3;
    readonly SCTP_NXTINFO: 4;
    readonly SCTP_PRINFO: 5;
    readonly SCTP_AUTHINFO: 6;
    readonly SCTP_DSTADDRV4: 7;
    readonly SCTP_DSTADDRV6: 8;
    readonly SCTP_EVENTS: 11;
    readonly SCTP_RECVRCVINFO: 32;
    readonly SCTP_RECVNXTINFO: 33;
    readonly SCTP_UNORDERED: 1;
    readonly SCTP_ADDR_OVER: 2;
    readonly SCTP_ABORT: 4;
    readonly SCTP_SACK_IMMEDIATELY: 8;
    readonly SCTP_SENDALL: 64;
    readonly SCTP_PR_SCTP_ALL: 128;
    readonly SCTP_EOF: 512;
    readonly SCTP_NOTIFICATION: 32768;
    readonly SCTP_PR_SCTP_NONE: 0;
    readonly SCTP_PR_SCTP_TTL: 16;
    readonly SCTP_PR_SCTP_RTX: 32;
    readonly SCTP_PR_SCTP_PRIO: 48;
    readonly RDS_CMSG_RDMA_ARGS: 1;
    readonly RDS_CMSG_RDMA_DEST: 2;
    readonly RDS_CMSG_RDMA_MAP: 3;
    readonly RDS_CMSG_RDMA_STATUS: 4;
    readonly RDS_CMSG_CONG_UPDATE: 5;
    readonly RDS_CMSG_ATOMIC_FADD: 6;
    readonly RDS_CMSG_ATOMIC_CSWP: 7;
    readonly RDS_CMSG_MASKED_ATOMIC_FADD: 8;
    readonly RDS_CMSG_MASKED_ATOMIC_CSWP: 9;
    readonly RDS_CMSG_RXPATH_LATENCY: 11;
    readonly RDS_CMSG_ZCOPY_COOKIE: 12;
    readonly RDS_CMSG_ZCOPY_COMPLETION: 13;
    readonly RDS_RECVERR: 5;
    readonly RDS_CONG_MONITOR: 6;
    readonly SO_RDS_MSG_RXPATH_LATENCY: 10;
    readonly RDS_RDMA_SUCCESS: 0;
    readonly RDS_RDMA_REMOTE_ERROR: 1;
    readonly RDS_RDMA_CANCELED: 2;
    readonly RDS_RDMA_DROPPED: 3;
    readonly RDS_RDMA_OTHER_ERROR: 4;
    readonly RDS_RDMA_READWRITE: 1;
    readonly RDS_RDMA_FENCE: 2;
    readonly RDS_RDMA_INVALIDATE: 4;
    readonly RDS_RDMA_USE_ONCE: 8;
    readonly RDS_RDMA_DONTWAIT: 16;
    readonly RDS_RDMA_NOTIFY_ME: 32;
    readonly RDS_RDMA_SILENT: 64;
    readonly DCCP_SCM_PRIORITY: 1;
    readonly RXRPC_SECURITY_NONE: 0;
    readonly RXRPC_SECURITY_RXKAD: 2;
    readonly RXRPC_SECURITY_RXGK: 4;
    readonly RXRPC_SECURITY_RXK5: 5;
    readonly RXRPC_USER_CALL_ID: 1;
    readonly RXRPC_ABORT: 2;
    readonly RXRPC_ACK: 3;
    readonly RXRPC_NET_ERROR: 5;
    readonly RXRPC_BUSY: 6;
    readonly RXRPC_LOCAL_ERROR: 7;
    readonly RXRPC_NEW_CALL: 8;
    readonly RXRPC_EXCLUSIVE_CALL: 10;
    readonly RXRPC_UPGRADE_SERVICE: 11;
    readonly RXRPC_TX_LENGTH: 12;
    readonly RXRPC_SET_CALL_TIMEOUT: 13;
    readonly RXRPC_CHARGE_ACCEPT: 14;
    readonly RXRPC_ACCEPT: 9;
    readonly RXRPC_OOB_ID: 15;
    readonly RXRPC_CHALLENGED: 16;
    readonly RXRPC_RESPOND: 17;
    readonly RXRPC_RESPONDED: 18;
    readonly RXRPC_RESP_RXGK_APPDATA: 19;
    readonly _K_SS_MAXSIZE: 128;
    readonly NGROUPS_MAX: 65536;
    readonly NAME_MAX: 255;
    readonly DEFAULT_OVERFLOWUID: 65534;
    readonly UIO_MAXIOV: 1024;
    readonly CLOCK_REALTIME: 0;
    readonly CLOCK_MONOTONIC: 1;
    readonly CLOCK_MONOTONIC_RAW: 4;
    readonly CLOCK_BOOTTIME: 7;
    readonly CLOCK_TAI: 11;
    readonly POLLIN: 1;
    readonly POLLPRI: 2;
    readonly POLLOUT: 4;
    readonly POLLERR: 8;
    readonly POLLHUP: 16;
    readonly POLLNVAL: 32;
    readonly POLLRDHUP: 8192;
    readonly EPOLL_CTL_ADD: 1;
    readonly EPOLL_CTL_DEL: 2;
    readonly EPOLL_CTL_MOD: 3;
    readonly EPOLLIN: 1;
    readonly EPOLLPRI: 2;
    readonly EPOLLOUT: 4;
    readonly EPOLLERR: 8;
    readonly EPOLLHUP: 16;
    readonly EPOLLONESHOT: 1073741824;
    readonly EPOLLET: 2147483648;
    readonly EPOLL_CLOEXEC: 524288;
    readonly EPOLLRDHUP: 8192;
    readonly EPOLLWAKEUP: 536870912;
    readonly EPOLLEXCLUSIVE: 268435456;
    readonly EFD_SEMAPHORE: 1;
    readonly EFD_CLOEXEC: 524288;
    readonly EFD_NONBLOCK: 2048;
    readonly F_DUPFD: 0;
    readonly F_GETFD: 1;
    readonly F_SETFD: 2;
    readonly F_GETFL: 3;
    readonly F_SETFL: 4;
    readonly F_SETOWN: 8;
    readonly F_GETOWN: 9;
    readonly F_SETSIG: 10;
    readonly F_GETSIG: 11;
    readonly F_GETPIPE_SZ: 1032;
    readonly F_SETPIPE_SZ: 1031;
    readonly F_ADD_SEALS: 1033;
    readonly F_GET_SEALS: 1034;
    readonly FD_CLOEXEC: 1;
    readonly F_DUPFD_CLOEXEC: 1030;
    readonly F_SEAL_SEAL: 1;
    readonly F_SEAL_SHRINK: 2;
    readonly F_SEAL_GROW: 4;
    readonly F_SEAL_WRITE: 8;
    readonly F_SEAL_FUTURE_WRITE: 16;
    readonly F_SEAL_EXEC: 32;
    readonly MFD_CLOEXEC: 1;
    readonly MFD_ALLOW_SEALING: 2;
    readonly MFD_HUGETLB: 4;
    readonly MFD_NOEXEC_SEAL: 8;
    readonly MFD_EXEC: 16;
    readonly FIONREAD: 21531;
    readonly FIONBIO: 21537;
    readonly SIOCATMARK: 35077;
    readonly SIOCINQ: 21531;
    readonly SIOCOUTQ: 21521;
    readonly SIOCOUTQNSD: 35147;
    readonly SIOCGIFINDEX: 35123;
    readonly SIOCGIFHWADDR: 35111;
    readonly TIOCGWINSZ: 21523;
    readonly TIOCSWINSZ: 21524;
    readonly TIOCGPTN: 2147767344;
    readonly TIOCSPTLCK: 1074025521;
    readonly O_RDONLY: 0;
    readonly O_WRONLY: 1;
    readonly O_RDWR: 2;
    readonly O_CREAT: 64;
    readonly O_EXCL: 128;
    readonly O_TRUNC: 512;
    readonly O_APPEND: 1024;
    readonly O_NONBLOCK: 2048;
    readonly O_ASYNC: 8192;
    readonly O_CLOEXEC: 524288;
    readonly O_PATH: 2097152;
    readonly LOCK_EX: 2;
    readonly LOCK_NB: 4;
    readonly RTLD_LAZY: 1;
    readonly RTLD_NOW: 2;
    readonly RTLD_NOLOAD: 4;
    readonly RTLD_NODELETE: 4096;
    readonly RTLD_GLOBAL: 256;
    readonly RTLD_LOCAL: 0;
    readonly P_PIDFD: 3;
    readonly PIDFD_NONBLOCK: 2048;
    readonly PIDFD_SIGNAL_THREAD: 1;
    readonly PIDFD_SIGNAL_THREAD_GROUP: 2;
    readonly PIDFD_SIGNAL_PROCESS_GROUP: 4;
    readonly INT_MAX: 2147483647;
    readonly SYS_pidfd_send_signal: 424;
    readonly SYS_pidfd_open: 434;
    readonly S_IFMT: 61440;
    readonly S_IFSOCK: 49152;
    readonly S_IFREG: 32768;
    readonly S_IFDIR: 16384;
    readonly S_IFBLK: 24576;
    readonly S_IFCHR: 8192;
    readonly S_IFIFO: 4096;
    readonly S_IFLNK: 40960;
    readonly STATX_TYPE: 1;
    readonly STATX_NLINK: 4;
    readonly STATX_SIZE: 512;
    readonly AT_EMPTY_PATH: 4096;
    readonly AT_STATX_DONT_SYNC: 16384;
    readonly MEM_MAJOR: 1;
    readonly UNIX98_PTY_SLAVE_MAJOR: 136;
};

declare const constantsByTarget: {
    readonly SOMAXCONN: {
        readonly 'x86_64-linux-gnu': 4096;
        readonly 'aarch64-linux-gnu': 4096;
        readonly 'riscv64-linux-gnu': 4096;
        readonly 's390x-linux-gnu': 4096;
        readonly 'arm-linux-gnueabihf': 4096;
        readonly 'x86_64-linux-musl': 128;
        readonly 'aarch64-linux-musl': 128;
        readonly 's390x-linux-musl': 128;
        readonly 'arm-linux-musleabihf': 128;
    };
    readonly SO_RCVTIMEO: {
        readonly 'x86_64-linux-gnu': 20;
        readonly 'aarch64-linux-gnu': 20;
        readonly 'riscv64-linux-gnu': 20;
        readonly 's390x-linux-gnu': 20;
        readonly 'arm-linux-gnueabihf': 20;
        readonly 'x86_64-linux-musl': 20;
        readonly 'aarch64-linux-musl': 20;
        readonly 's390x-linux-musl': 20;
        readonly 'arm-linux-musleabihf': 66;
    };
    readonly SO_SNDTIMEO: {
        readonly 'x86_64-linux-gnu': 21;
        readonly 'aarch64-linux-gnu': 21;
        readonly 'riscv64-linux-gnu': 21;
        readonly 's390x-linux-gnu': 21;
        readonly 'arm-linux-gnueabihf': 21;
        readonly 'x86_64-linux-musl': 21;
        readonly 'aarch64-linux-musl': 21;
        readonly 's390x-linux-musl': 21;
        readonly 'arm-linux-musleabihf': 67;
    };
    readonly SO_TIMESTAMP: {
        readonly 'x86_64-linux-gnu': 29;
        readonly 'aarch64-linux-gnu': 29;
        readonly 'riscv64-linux-gnu': 29;
        readonly 's390x-linux-gnu': 29;
        readonly 'arm-linux-gnueabihf': 29;
        readonly 'x86_64-linux-musl': 29;
        readonly 'aarch64-linux-musl': 29;
        readonly 's390x-linux-musl': 29;
        readonly 'arm-linux-musleabihf': 63;
    };
    readonly SO_TIMESTAMPNS: {
        readonly 'x86_64-linux-gnu': 35;
        readonly 'aarch64-linux-gnu': 35;
        readonly 'riscv64-linux-gnu': 35;
        readonly 's390x-linux-gnu': 35;
        readonly 'arm-linux-gnueabihf': 35;
        readonly 'x86_64-linux-musl': 35;
        readonly 'aarch64-linux-musl': 35;
        readonly 's390x-linux-musl': 35;
        readonly 'arm-linux-musleabihf': 64;
    };
    readonly SO_TIMESTAMPING: {
        readonly 'x86_64-linux-gnu': 37;
        readonly 'aarch64-linux-gnu': 37;
        readonly 'riscv64-linux-gnu': 37;
        readonly 's390x-linux-gnu': 37;
        readonly 'arm-linux-gnueabihf': 37;
        readonly 'x86_64-linux-musl': 37;
        readonly 'aarch64-linux-musl': 37;
        readonly 's390x-linux-musl': 37;
        readonly 'arm-linux-musleabihf': 65;
    };
    readonly SCM_TIMESTAMP: {
        readonly 'x86_64-linux-gnu': 29;
        readonly 'aarch64-linux-gnu': 29;
        readonly 'riscv64-linux-gnu': 29;
        readonly 's390x-linux-gnu': 29;
        readonly 'arm-linux-gnueabihf': 29;
        readonly 'x86_64-linux-musl': 29;
        readonly 'aarch64-linux-musl': 29;
        readonly 's390x-linux-musl': 29;
        readonly 'arm-linux-musleabihf': 63;
    };
    readonly SCM_TIMESTAMPNS: {
        readonly 'x86_64-linux-gnu': 35;
        readonly 'aarch64-linux-gnu': 35;
        readonly 'riscv64-linux-gnu': 35;
        readonly 's390x-linux-gnu': 35;
        readonly 'arm-linux-gnueabihf': 35;
        readonly 'x86_64-linux-musl': 35;
        readonly 'aarch64-linux-musl': 35;
        readonly 's390x-linux-musl': 35;
        readonly 'arm-linux-musleabihf': 64;
    };
    readonly SCM_TIMESTAMPING: {
        readonly 'x86_64-linux-gnu': 37;
        readonly 'aarch64-linux-gnu': 37;
        readonly 'riscv64-linux-gnu': 37;
        readonly 's390x-linux-gnu': 37;
        readonly 'arm-linux-gnueabihf': 37;
        readonly 'x86_64-linux-musl': 37;
        readonly 'aarch64-linux-musl': 37;
        readonly 's390x-linux-musl': 37;
        readonly 'arm-linux-musleabihf': 65;
    };
    readonly F_SETLK: {
        readonly 'x86_64-linux-gnu': 6;
        readonly 'aarch64-linux-gnu': 6;
        readonly 'riscv64-linux-gnu': 6;
        readonly 's390x-linux-gnu': 6;
        readonly 'arm-linux-gnueabihf': 6;
        readonly 'x86_64-linux-musl': 6;
        readonly 'aarch64-linux-musl': 6;
        readonly 's390x-linux-musl': 6;
        readonly 'arm-linux-musleabihf': 13;
    };
    readonly O_DIRECT: {
        readonly 'x86_64-linux-gnu': 16384;
        readonly 'aarch64-linux-gnu': 65536;
        readonly 'riscv64-linux-gnu': 16384;
        readonly 's390x-linux-gnu': 16384;
        readonly 'arm-linux-gnueabihf': 65536;
        readonly 'x86_64-linux-musl': 16384;
        readonly 'aarch64-linux-musl': 65536;
        readonly 's390x-linux-musl': 16384;
        readonly 'arm-linux-musleabihf': 65536;
    };
    readonly O_DIRECTORY: {
        readonly 'x86_64-linux-gnu': 65536;
        readonly 'aarch64-linux-gnu': 16384;
        readonly 'riscv64-linux-gnu': 65536;
        readonly 's390x-linux-gnu': 65536;
        readonly 'arm-linux-gnueabihf': 16384;
        readonly 'x86_64-linux-musl': 65536;
        readonly 'aarch64-linux-musl': 16384;
        readonly 's390x-linux-musl': 65536;
        readonly 'arm-linux-musleabihf': 16384;
    };
    readonly O_NOFOLLOW: {
        readonly 'x86_64-linux-gnu': 131072;
        readonly 'aarch64-linux-gnu': 32768;
        readonly 'riscv64-linux-gnu': 131072;
        readonly 's390x-linux-gnu': 131072;
        readonly 'arm-linux-gnueabihf': 32768;
        readonly 'x86_64-linux-musl': 131072;
        readonly 'aarch64-linux-musl': 32768;
        readonly 's390x-linux-musl': 131072;
        readonly 'arm-linux-musleabihf': 32768;
    };
    readonly O_TMPFILE: {
        readonly 'x86_64-linux-gnu': 4259840;
        readonly 'aarch64-linux-gnu': 4210688;
        readonly 'riscv64-linux-gnu': 4259840;
        readonly 's390x-linux-gnu': 4259840;
        readonly 'arm-linux-gnueabihf': 4210688;
        readonly 'x86_64-linux-musl': 4259840;
        readonly 'aarch64-linux-musl': 4210688;
        readonly 's390x-linux-musl': 4259840;
        readonly 'arm-linux-musleabihf': 4210688;
    };
    readonly SYS_sendmsg: {
        readonly 'x86_64-linux-gnu': 46;
        readonly 'aarch64-linux-gnu': 211;
        readonly 'riscv64-linux-gnu': 211;
        readonly 's390x-linux-gnu': 370;
        readonly 'arm-linux-gnueabihf': 296;
        readonly 'x86_64-linux-musl': 46;
        readonly 'aarch64-linux-musl': 211;
        readonly 's390x-linux-musl': 370;
        readonly 'arm-linux-musleabihf': 296;
    };
    readonly SYS_recvmsg: {
        readonly 'x86_64-linux-gnu': 47;
        readonly 'aarch64-linux-gnu': 212;
        readonly 'riscv64-linux-gnu': 212;
        readonly 's390x-linux-gnu': 372;
        readonly 'arm-linux-gnueabihf': 297;
        readonly 'x86_64-linux-musl': 47;
        readonly 'aarch64-linux-musl': 212;
        readonly 's390x-linux-musl': 372;
        readonly 'arm-linux-musleabihf': 297;
    };
    readonly SYS_ioctl: {
        readonly 'x86_64-linux-gnu': 16;
        readonly 'aarch64-linux-gnu': 29;
        readonly 'riscv64-linux-gnu': 29;
        readonly 's390x-linux-gnu': 54;
        readonly 'arm-linux-gnueabihf': 54;
        readonly 'x86_64-linux-musl': 16;
        readonly 'aarch64-linux-musl': 29;
        readonly 's390x-linux-musl': 54;
        readonly 'arm-linux-musleabihf': 54;
    };
    readonly SYS_recvmmsg: {
        readonly 'x86_64-linux-gnu': 299;
        readonly 'aarch64-linux-gnu': 243;
        readonly 'riscv64-linux-gnu': 243;
        readonly 's390x-linux-gnu': 357;
        readonly 'arm-linux-gnueabihf': 365;
        readonly 'x86_64-linux-musl': 299;
        readonly 'aarch64-linux-musl': 243;
        readonly 's390x-linux-musl': 357;
        readonly 'arm-linux-musleabihf': 365;
    };
    readonly SYS_sendmmsg: {
        readonly 'x86_64-linux-gnu': 307;
        readonly 'aarch64-linux-gnu': 269;
        readonly 'riscv64-linux-gnu': 269;
        readonly 's390x-linux-gnu': 358;
        readonly 'arm-linux-gnueabihf': 374;
        readonly 'x86_64-linux-musl': 307;
        readonly 'aarch64-linux-musl': 269;
        readonly 's390x-linux-musl': 358;
        readonly 'arm-linux-musleabihf': 374;
    };
    readonly SYS_statx: {
        readonly 'x86_64-linux-gnu': 332;
        readonly 'aarch64-linux-gnu': 291;
        readonly 'riscv64-linux-gnu': 291;
        readonly 's390x-linux-gnu': 379;
        readonly 'arm-linux-gnueabihf': 397;
        readonly 'x86_64-linux-musl': 332;
        readonly 'aarch64-linux-musl': 291;
        readonly 's390x-linux-musl': 379;
        readonly 'arm-linux-musleabihf': 397;
    };
};

declare function createSocket(type: 'udp4' | 'udp6' | SocketOptions, listener?: (data: Buffer, info: RemoteInfo) => void): Socket;

declare function createSocket(type: 'unix_dgram', listener?: (data: Buffer, info: MessageInfo) => void): UnixDgramSocket;

declare function createSocket<D extends AnyControlMessage = never>(options: DatagramOptions<D>, listener?: (data: Buffer, info: MessageInfo<D>) => void): DatagramSocket<D>;

declare const credentials: ControlMessage<'credentials', Credentials, Credentials>;

declare const dccpPriority: ControlMessage<'dccpPriority', number, number>;

declare function decodeAddress(address: Uint8Array): Address;

declare function decodeControl<D extends AnyControlMessage = Builtin>(control: Uint8Array, options?: DecodeOptions<D>): DecodedControl<D>[];

declare function defineControlMessage<const Kind extends string, Out, In = never>(definition: ByFunctions<Kind, In, Out>): ControlMessage<Kind, In, Out>;

declare function defineControlMessage<const Kind extends string, const L extends AnyLayout, const D extends Direction = 'both', In = LayoutValue<L>, Out = LayoutValue<L>>(definition: ByLayout<Kind, L, D, In, Out>): ControlMessage<Kind, Sent<D, In>, Out>;

declare function defineStruct<const F extends FieldTypes>(types: F, options?: StructOptions): Struct<F>;

declare const destinationOptions: ControlMessage<'destinationOptions', Uint8Array, Uint8Array>;

declare const destinationOptions2292: ControlMessage<'destinationOptions2292', Uint8Array, Uint8Array>;

declare const devmemDmabuf: ControlMessage<'devmemDmabuf', number, DeviceMemory>;

declare const devmemLinear: ControlMessage<'devmemLinear', never, {
    readonly size: number;
}>;

declare const dispose: typeof Symbol.dispose;

declare const dmabuf_cmsg: {
    readonly types: {
        readonly frag_offset: "u64";
        readonly frag_size: "u32";
        readonly frag_token: "u32";
        readonly dmabuf_id: "u32";
        readonly flags: "u32";
    };
    readonly variants: readonly [
        {
            readonly size: 24;
            readonly align: 8;
            readonly fields: {
                readonly frag_offset: readonly [
                    0,
                    8
                ];
                readonly frag_size: readonly [
                    8,
                    4
                ];
                readonly frag_token: readonly [
                    12,
                    4
                ];
                readonly dmabuf_id: readonly [
                    16,
                    4
                ];
                readonly flags: readonly [
                    20,
                    4
                ];
            };
        }
    ];
};

declare const dontFragment: ControlMessage<'dontFragment', boolean, boolean>;

declare function dup(fd: number): number;

declare function encodeAddress(address: AddressLike): Uint8Array;

declare function encodeAddress(address: AddressLike): Uint8Array;

declare function encodeControl(items: readonly ControlItem[], options?: {
    readonly abi?: Abi | undefined;
}): Uint8Array;

declare const engineInUse: EngineInUse;

declare const epoll_event: {
    readonly types: {
        readonly events: "u32";
        readonly data: "u64";
    };
    readonly variants: readonly [
        {
            readonly targets: readonly [
                "x86_64-linux-gnu",
                "x86_64-linux-musl"
            ];
            readonly size: 12;
            readonly align: 1;
            readonly fields: {
                readonly events: readonly [
                    0,
                    4
                ];
                readonly data: readonly [
                    4,
                    8
                ];
            };
        },
        {
            readonly targets: readonly [
                "aarch64-linux-gnu",
                "riscv64-linux-gnu",
                "s390x-linux-gnu",
                "arm-linux-gnueabihf",
                "aarch64-linux-musl",
                "s390x-linux-musl",
                "arm-linux-musleabihf"
            ];
            readonly size: 16;
            readonly align: 8;
            readonly fields: {
                readonly events: readonly [
                    0,
                    4
                ];
                readonly data: readonly [
                    8,
                    8
                ];
            };
        }
    ];
};

declare const errno: {
    readonly EPERM: 1;
    readonly ENOENT: 2;
    readonly ESRCH: 3;
    readonly EINTR: 4;
    readonly EIO: 5;
    readonly ENXIO: 6;
    readonly E2BIG: 7;
    readonly ENOEXEC: 8;
    readonly EBADF: 9;
    readonly ECHILD: 10;
    readonly EAGAIN: 11;
    readonly ENOMEM: 12;
    readonly EACCES: 13;
    readonly EFAULT: 14;
    readonly ENOTBLK: 15;
    readonly EBUSY: 16;
    readonly EEXIST: 17;
    readonly EXDEV: 18;
    readonly ENODEV: 19;
    readonly ENOTDIR: 20;
    readonly EISDIR: 21;
    readonly EINVAL: 22;
    readonly ENFILE: 23;
    readonly EMFILE: 24;
    readonly ENOTTY: 25;
    readonly ETXTBSY: 26;
    readonly EFBIG: 27;
    readonly ENOSPC: 28;
    readonly ESPIPE: 29;
    readonly EROFS: 30;
    readonly EMLINK: 31;
    readonly EPIPE: 32;
    readonly EDOM: 33;
    readonly ERANGE: 34;
    readonly EDEADLK: 35;
    readonly ENAMETOOLONG: 36;
    readonly ENOLCK: 37;
    readonly ENOSYS: 38;
    readonly ENOTEMPTY: 39;
    readonly ELOOP: 40;
    readonly ENOMSG: 42;
    readonly EIDRM: 43;
    readonly ECHRNG: 44;
    readonly EL2NSYNC: 45;
    readonly EL3HLT: 46;
    readonly EL3RST: 47;
    readonly ELNRNG: 48;
    readonly EUNATCH: 49;
    readonly ENOCSI: 50;
    readonly EL2HLT: 51;
    readonly EBADE: 52;
    readonly EBADR: 53;
    readonly EXFULL: 54;
    readonly ENOANO: 55;
    readonly EBADRQC: 56;
    readonly EBADSLT: 57;
    readonly EBFONT: 59;
    readonly ENOSTR: 60;
    readonly ENODATA: 61;
    readonly ETIME: 62;
    readonly ENOSR: 63;
    readonly ENONET: 64;
    readonly ENOPKG: 65;
    readonly EREMOTE: 66;
    readonly ENOLINK: 67;
    readonly EADV: 68;
    readonly ESRMNT: 69;
    readonly ECOMM: 70;
    readonly EPROTO: 71;
    readonly EMULTIHOP: 72;
    readonly EDOTDOT: 73;
    readonly EBADMSG: 74;
    readonly EOVERFLOW: 75;
    readonly ENOTUNIQ: 76;
    readonly EBADFD: 77;
    readonly EREMCHG: 78;
    readonly ELIBACC: 79;
    readonly ELIBBAD: 80;
    readonly ELIBSCN: 81;
    readonly ELIBMAX: 82;
    readonly ELIBEXEC: 83;
    readonly EILSEQ: 84;
    readonly ERESTART: 85;
    readonly ESTRPIPE: 86;
    readonly EUSERS: 87;
    readonly ENOTSOCK: 88;
    readonly EDESTADDRREQ: 89;
    readonly EMSGSIZE: 90;
    readonly EPROTOTYPE: 91;
    readonly ENOPROTOOPT: 92;
    readonly EPROTONOSUPPORT: 93;
    readonly ESOCKTNOSUPPORT: 94;
    readonly EOPNOTSUPP: 95;
    readonly EPFNOSUPPORT: 96;
    readonly EAFNOSUPPORT: 97;
    readonly EADDRINUSE: 98;
    readonly EADDRNOTAVAIL: 99;
    readonly ENETDOWN: 100;
    readonly ENETUNREACH: 101;
    readonly ENETRESET: 102;
    readonly ECONNABORTED: 103;
    readonly ECONNRESET: 104;
    readonly ENOBUFS: 105;
    readonly EISCONN: 106;
    readonly ENOTCONN: 107;
    readonly ESHUTDOWN: 108;
    readonly ETOOMANYREFS: 109;
    readonly ETIMEDOUT: 110;
    readonly ECONNREFUSED: 111;
    readonly EHOSTDOWN: 112;
    readonly EHOSTUNREACH: 113;
    readonly EALREADY: 114;
    readonly EINPROGRESS: 115;
    readonly ESTALE: 116;
    readonly EUCLEAN: 117;
    readonly ENOTNAM: 118;
    readonly ENAVAIL: 119;
    readonly EISNAM: 120;
    readonly EREMOTEIO: 121;
    readonly EDQUOT: 122;
    readonly ENOMEDIUM: 123;
    readonly EMEDIUMTYPE: 124;
    readonly ECANCELED: 125;
    readonly ENOKEY: 126;
    readonly EKEYEXPIRED: 127;
    readonly EKEYREVOKED: 128;
    readonly EKEYREJECTED: 129;
    readonly EOWNERDEAD: 130;
    readonly ENOTRECOVERABLE: 131;
    readonly ERFKILL: 132;
    readonly EHWPOISON: 133;
    readonly EWOULDBLOCK: 11;
    readonly EDEADLOCK: 35;
    readonly ENOTSUP: 95;
};

declare const errors: {
    ok: number;
    noName: number;
    noPort: number;
    noNode: number;
    overload: number;
    shutdown: number;
};

declare function explainControl(control: Uint8Array, options?: ExplainOptions): string;

declare const families: readonly [
    "unix",
    "inet",
    "inet6",
    "netlink",
    "packet",
    "vsock",
    "bluetooth",
    "can",
    "alg",
    "tipc",
    "rds",
    "rxrpc",
    "llc",
    "iucv",
    "ieee802154",
    "isdn"
];

declare const families: {
    readonly unix: 1;
    readonly inet: 2;
    readonly inet6: 10;
    readonly vsock: 40;
    readonly netlink: 16;
    readonly packet: 17;
};

declare function fcntl(fd: number, command: number, argument?: number): number;

declare const flowInfo: ControlMessage<'flowInfo', number, number>;

declare function formatAddress(address: AddressLike): string;

declare const fragmentSize: ControlMessage<'fragmentSize', never, number>;

declare const fragmentSize6: ControlMessage<'fragmentSize6', never, number>;

declare function getpeername(fd: number): Buffer;

declare function getsockname(fd: number): Buffer;

declare function getsockopt(fd: number, level: number, option: number): number;

declare function getsockopt(fd: number, level: number, option: number, question: Uint8Array): Buffer;

declare function getsockopt(fd: number, level: number, option: number, size: number): Buffer;

declare function getsockopt(fd: number, level: number, option: number, size?: number | Uint8Array): number | Buffer;

declare const gro: ControlMessage<'gro', never, number>;

declare const group_req: {
    readonly types: {
        readonly gr_interface: "u32";
        readonly gr_group: readonly [
            "u8",
            128
        ];
    };
    readonly variants: readonly [
        {
            readonly targets: readonly [
                "x86_64-linux-gnu",
                "aarch64-linux-gnu",
                "riscv64-linux-gnu",
                "s390x-linux-gnu",
                "x86_64-linux-musl",
                "aarch64-linux-musl",
                "s390x-linux-musl"
            ];
            readonly size: 136;
            readonly align: 8;
            readonly fields: {
                readonly gr_interface: readonly [
                    0,
                    4
                ];
                readonly gr_group: readonly [
                    8,
                    128
                ];
            };
        },
        {
            readonly targets: readonly [
                "arm-linux-gnueabihf",
                "arm-linux-musleabihf"
            ];
            readonly size: 132;
            readonly align: 4;
            readonly fields: {
                readonly gr_interface: readonly [
                    0,
                    4
                ];
                readonly gr_group: readonly [
                    4,
                    128
                ];
            };
        }
    ];
};

declare const group_source_req: {
    readonly types: {
        readonly gsr_interface: "u32";
        readonly gsr_group: readonly [
            "u8",
            128
        ];
        readonly gsr_source: readonly [
            "u8",
            128
        ];
    };
    readonly variants: readonly [
        {
            readonly targets: readonly [
                "x86_64-linux-gnu",
                "aarch64-linux-gnu",
                "riscv64-linux-gnu",
                "s390x-linux-gnu",
                "x86_64-linux-musl",
                "aarch64-linux-musl",
                "s390x-linux-musl"
            ];
            readonly size: 264;
            readonly align: 8;
            readonly fields: {
                readonly gsr_interface: readonly [
                    0,
                    4
                ];
                readonly gsr_group: readonly [
                    8,
                    128
                ];
                readonly gsr_source: readonly [
                    136,
                    128
                ];
            };
        },
        {
            readonly targets: readonly [
                "arm-linux-gnueabihf",
                "arm-linux-musleabihf"
            ];
            readonly size: 260;
            readonly align: 4;
            readonly fields: {
                readonly gsr_interface: readonly [
                    0,
                    4
                ];
                readonly gsr_group: readonly [
                    4,
                    128
                ];
                readonly gsr_source: readonly [
                    132,
                    128
                ];
            };
        }
    ];
};

declare const hciDirection: ControlMessage<'hciDirection', never, 'in' | 'out'>;

declare const hciTimestamp: ControlMessage<'hciTimestamp', never, Timeval>;

declare const hopLimit: ControlMessage<'hopLimit', number, number>;

declare const hopLimit2292: ControlMessage<'hopLimit2292', number, number>;

declare const hopOptions: ControlMessage<'hopOptions', Uint8Array, Uint8Array>;

declare const hopOptions2292: ControlMessage<'hopOptions2292', Uint8Array, Uint8Array>;

declare const hostAbi: () => Abi;

declare const icmp6_filter: {
    readonly types: {
        readonly data: readonly [
            "u32",
            8
        ];
    };
    readonly variants: readonly [
        {
            readonly size: 32;
            readonly align: 4;
            readonly fields: {
                readonly data: readonly [
                    0,
                    32
                ];
            };
        }
    ];
};

declare const icmp_filter: {
    readonly types: {
        readonly data: "u32";
    };
    readonly variants: readonly [
        {
            readonly size: 4;
            readonly align: 4;
            readonly fields: {
                readonly data: readonly [
                    0,
                    4
                ];
            };
        }
    ];
};

declare function if_indextoname(index: number): string;

declare function if_nametoindex(name: string): number;

declare const in6_pktinfo: {
    readonly types: {
        readonly ipi6_addr: readonly [
            "u8",
            16
        ];
        readonly ipi6_ifindex: "u32";
    };
    readonly variants: readonly [
        {
            readonly size: 20;
            readonly align: 4;
            readonly fields: {
                readonly ipi6_addr: readonly [
                    0,
                    16
                ];
                readonly ipi6_ifindex: readonly [
                    16,
                    4
                ];
            };
        }
    ];
};

declare const in_pktinfo: {
    readonly types: {
        readonly ipi_ifindex: "i32";
        readonly ipi_spec_dst: readonly [
            "u8",
            4
        ];
        readonly ipi_addr: readonly [
            "u8",
            4
        ];
    };
    readonly variants: readonly [
        {
            readonly size: 12;
            readonly align: 4;
            readonly fields: {
                readonly ipi_ifindex: readonly [
                    0,
                    4
                ];
                readonly ipi_spec_dst: readonly [
                    4,
                    4
                ];
                readonly ipi_addr: readonly [
                    8,
                    4
                ];
            };
        }
    ];
};

declare const inq: ControlMessage<'inq', never, number>;

declare function ioctl(fd: number, request: number, value: Uint8Array): Buffer;

declare function ioctl(fd: number, request: number, value?: number): number;

declare const iovec: {
    readonly types: {
        readonly iov_base: "pointer";
        readonly iov_len: "usize";
    };
    readonly variants: readonly [
        {
            readonly targets: readonly [
                "x86_64-linux-gnu",
                "aarch64-linux-gnu",
                "riscv64-linux-gnu",
                "s390x-linux-gnu",
                "x86_64-linux-musl",
                "aarch64-linux-musl",
                "s390x-linux-musl"
            ];
            readonly size: 16;
            readonly align: 8;
            readonly fields: {
                readonly iov_base: readonly [
                    0,
                    8
                ];
                readonly iov_len: readonly [
                    8,
                    8
                ];
            };
        },
        {
            readonly targets: readonly [
                "arm-linux-gnueabihf",
                "arm-linux-musleabihf"
            ];
            readonly size: 8;
            readonly align: 4;
            readonly fields: {
                readonly iov_base: readonly [
                    0,
                    4
                ];
                readonly iov_len: readonly [
                    4,
                    4
                ];
            };
        }
    ];
};

declare const ip6_mtuinfo: {
    readonly types: {
        readonly ip6m_addr: {
            readonly struct: "sockaddr_in6";
        };
        readonly ip6m_mtu: "u32";
    };
    readonly variants: readonly [
        {
            readonly size: 32;
            readonly align: 4;
            readonly fields: {
                readonly ip6m_addr: readonly [
                    0,
                    28
                ];
                readonly ip6m_mtu: readonly [
                    28,
                    4
                ];
            };
        }
    ];
};

declare const ipOptions: ControlMessage<'ipOptions', never, Uint8Array>;

declare const ipSecurity: ControlMessage<'ipSecurity', never, string>;

declare const ip_mreq: {
    readonly types: {
        readonly imr_multiaddr: readonly [
            "u8",
            4
        ];
        readonly imr_interface: readonly [
            "u8",
            4
        ];
    };
    readonly variants: readonly [
        {
            readonly size: 8;
            readonly align: 4;
            readonly fields: {
                readonly imr_multiaddr: readonly [
                    0,
                    4
                ];
                readonly imr_interface: readonly [
                    4,
                    4
                ];
            };
        }
    ];
};

declare const ip_mreq_source: {
    readonly types: {
        readonly imr_multiaddr: readonly [
            "u8",
            4
        ];
        readonly imr_interface: readonly [
            "u8",
            4
        ];
        readonly imr_sourceaddr: readonly [
            "u8",
            4
        ];
    };
    readonly variants: readonly [
        {
            readonly size: 12;
            readonly align: 4;
            readonly fields: {
                readonly imr_multiaddr: readonly [
                    0,
                    4
                ];
                readonly imr_interface: readonly [
                    4,
                    4
                ];
                readonly imr_sourceaddr: readonly [
                    8,
                    4
                ];
            };
        }
    ];
};

declare const ip_mreqn: {
    readonly types: {
        readonly imr_multiaddr: readonly [
            "u8",
            4
        ];
        readonly imr_address: readonly [
            "u8",
            4
        ];
        readonly imr_ifindex: "i32";
    };
    readonly variants: readonly [
        {
            readonly size: 12;
            readonly align: 4;
            readonly fields: {
                readonly imr_multiaddr: readonly [
                    0,
                    4
                ];
                readonly imr_address: readonly [
                    4,
                    4
                ];
                readonly imr_ifindex: readonly [
                    8,
                    4
                ];
            };
        }
    ];
};

declare const ip_msfilter: {
    readonly types: {
        readonly imsf_multiaddr: readonly [
            "u8",
            4
        ];
        readonly imsf_interface: readonly [
            "u8",
            4
        ];
        readonly imsf_fmode: "u32";
        readonly imsf_numsrc: "u32";
        readonly imsf_slist: readonly [
            "u8",
            4
        ];
    };
    readonly variants: readonly [
        {
            readonly size: 20;
            readonly align: 4;
            readonly fields: {
                readonly imsf_multiaddr: readonly [
                    0,
                    4
                ];
                readonly imsf_interface: readonly [
                    4,
                    4
                ];
                readonly imsf_fmode: readonly [
                    8,
                    4
                ];
                readonly imsf_numsrc: readonly [
                    12,
                    4
                ];
                readonly imsf_slist: readonly [
                    16,
                    4
                ];
            };
        }
    ];
};

declare const ipv6_mreq: {
    readonly types: {
        readonly ipv6mr_multiaddr: readonly [
            "u8",
            16
        ];
        readonly ipv6mr_interface: "u32";
    };
    readonly variants: readonly [
        {
            readonly size: 20;
            readonly align: 4;
            readonly fields: {
                readonly ipv6mr_multiaddr: readonly [
                    0,
                    16
                ];
                readonly ipv6mr_interface: readonly [
                    16,
                    4
                ];
            };
        }
    ];
};

declare const iucvTargetClass: ControlMessage<'iucvTargetClass', number, number>;

declare const j1939Destination: ControlMessage<'j1939Destination', never, number>;

declare const j1939DestinationName: ControlMessage<'j1939DestinationName', never, bigint>;

declare const j1939Priority: ControlMessage<'j1939Priority', never, number>;

declare const j1939RecvErr: ControlMessage<'j1939RecvErr', never, QueuedError>;

declare const j1939Stats: ControlMessage<'j1939Stats', never, Readonly<Record<string, number | bigint>>>;

declare const layouts: {
    readonly sockaddr: typeof sockaddr;
    readonly msghdr: typeof msghdr;
    readonly mmsghdr: typeof mmsghdr;
    readonly cmsghdr: typeof cmsghdr;
    readonly ucred: typeof ucred;
    readonly linger: typeof linger;
    readonly sockaddr_un: typeof sockaddr_un;
    readonly sockaddr_in: typeof sockaddr_in;
    readonly sockaddr_in6: typeof sockaddr_in6;
    readonly in_pktinfo: typeof in_pktinfo;
    readonly in6_pktinfo: typeof in6_pktinfo;
    readonly ip6_mtuinfo: typeof ip6_mtuinfo;
    readonly ip_mreq: typeof ip_mreq;
    readonly ip_mreqn: typeof ip_mreqn;
    readonly ip_mreq_source: typeof ip_mreq_source;
    readonly ipv6_mreq: typeof ipv6_mreq;
    readonly group_req: typeof group_req;
    readonly ip_msfilter: typeof ip_msfilter;
    readonly group_source_req: typeof group_source_req;
    readonly icmp_filter: typeof icmp_filter;
    readonly icmp6_filter: typeof icmp6_filter;
    readonly __kernel_timespec: typeof __kernel_timespec;
    readonly __kernel_sock_timeval: typeof __kernel_sock_timeval;
    readonly __kernel_old_timeval: typeof __kernel_old_timeval;
    readonly __kernel_old_timespec: typeof __kernel_old_timespec;
    readonly sock_extended_err: typeof sock_extended_err;
    readonly sock_ee_data_rfc4884: typeof sock_ee_data_rfc4884;
    readonly scm_timestamping: typeof scm_timestamping;
    readonly scm_timestamping64: typeof scm_timestamping64;
    readonly so_timestamping: typeof so_timestamping;
    readonly scm_ts_pktinfo: typeof scm_ts_pktinfo;
    readonly sock_txtime: typeof sock_txtime;
    readonly sockaddr_nl: typeof sockaddr_nl;
    readonly nl_pktinfo: typeof nl_pktinfo;
    readonly nlattr: typeof nlattr;
    readonly nlmsghdr: typeof nlmsghdr;
    readonly sock_filter: typeof sock_filter;
    readonly unix_diag_req: typeof unix_diag_req;
    readonly unix_diag_msg: typeof unix_diag_msg;
    readonly unix_diag_vfs: typeof unix_diag_vfs;
    readonly sockaddr_ll: typeof sockaddr_ll;
    readonly tpacket_auxdata: typeof tpacket_auxdata;
    readonly sockaddr_vm: typeof sockaddr_vm;
    readonly af_alg_iv: typeof af_alg_iv;
    readonly llc_pktinfo: typeof llc_pktinfo;
    readonly tipc_service_range: typeof tipc_service_range;
    readonly sctp_initmsg: typeof sctp_initmsg;
    readonly sctp_sndrcvinfo: typeof sctp_sndrcvinfo;
    readonly sctp_sndinfo: typeof sctp_sndinfo;
    readonly sctp_rcvinfo: typeof sctp_rcvinfo;
    readonly sctp_nxtinfo: typeof sctp_nxtinfo;
    readonly sctp_prinfo: typeof sctp_prinfo;
    readonly sctp_authinfo: typeof sctp_authinfo;
    readonly rds_iovec: typeof rds_iovec;
    readonly rds_rdma_args: typeof rds_rdma_args;
    readonly rds_get_mr_args: typeof rds_get_mr_args;
    readonly rds_rdma_notify: typeof rds_rdma_notify;
    readonly rds_cmsg_rx_trace: typeof rds_cmsg_rx_trace;
    readonly rds_zcopy_cookies: typeof rds_zcopy_cookies;
    readonly rds_atomic_args: typeof rds_atomic_args;
    readonly rxrpc_challenge: typeof rxrpc_challenge;
    readonly dmabuf_cmsg: typeof dmabuf_cmsg;
    readonly iovec: typeof iovec;
    readonly timeval: typeof timeval;
    readonly timespec: typeof timespec;
    readonly pollfd: typeof pollfd;
    readonly epoll_event: typeof epoll_event;
    readonly statx: typeof statx;
};

declare const linger: {
    readonly types: {
        readonly l_onoff: "i32";
        readonly l_linger: "i32";
    };
    readonly variants: readonly [
        {
            readonly size: 8;
            readonly align: 4;
            readonly fields: {
                readonly l_onoff: readonly [
                    0,
                    4
                ];
                readonly l_linger: readonly [
                    4,
                    4
                ];
            };
        }
    ];
};

declare function listen(fd: number, backlog?: number): void;

declare function listenFds(): ListenFd[];

declare const llcPacketInfo: ControlMessage<'llcPacketInfo', never, LlcPacketInfo>;

declare const llc_pktinfo: {
    readonly types: {
        readonly lpi_ifindex: "i32";
        readonly lpi_sap: "u8";
        readonly lpi_mac: readonly [
            "u8",
            6
        ];
    };
    readonly variants: readonly [
        {
            readonly size: 12;
            readonly align: 4;
            readonly fields: {
                readonly lpi_ifindex: readonly [
                    0,
                    4
                ];
                readonly lpi_sap: readonly [
                    4,
                    1
                ];
                readonly lpi_mac: readonly [
                    5,
                    6
                ];
            };
        }
    ];
};

declare const mark: ControlMessage<'mark', number, number>;

declare function memfd_create(name: string, flags?: number): number;

declare const misdnTimestamp: ControlMessage<'misdnTimestamp', never, Timeval>;

declare const mmsghdr: {
    readonly types: {
        readonly msg_hdr: {
            readonly struct: "msghdr";
        };
        readonly msg_len: "u32";
    };
    readonly variants: readonly [
        {
            readonly targets: readonly [
                "x86_64-linux-gnu",
                "aarch64-linux-gnu",
                "riscv64-linux-gnu",
                "s390x-linux-gnu",
                "x86_64-linux-musl",
                "aarch64-linux-musl",
                "s390x-linux-musl"
            ];
            readonly size: 64;
            readonly align: 8;
            readonly fields: {
                readonly msg_hdr: readonly [
                    0,
                    56
                ];
                readonly msg_len: readonly [
                    56,
                    4
                ];
            };
        },
        {
            readonly targets: readonly [
                "arm-linux-gnueabihf",
                "arm-linux-musleabihf"
            ];
            readonly size: 32;
            readonly align: 4;
            readonly fields: {
                readonly msg_hdr: readonly [
                    0,
                    28
                ];
                readonly msg_len: readonly [
                    28,
                    4
                ];
            };
        }
    ];
};

declare const msghdr: {
    readonly types: {
        readonly msg_name: "pointer";
        readonly msg_namelen: "u32";
        readonly msg_iov: "pointer";
        readonly msg_iovlen: "usize";
        readonly msg_control: "pointer";
        readonly msg_controllen: "usize";
        readonly msg_flags: "i32";
    };
    readonly variants: readonly [
        {
            readonly targets: readonly [
                "x86_64-linux-gnu",
                "aarch64-linux-gnu",
                "riscv64-linux-gnu",
                "s390x-linux-gnu"
            ];
            readonly size: 56;
            readonly align: 8;
            readonly fields: {
                readonly msg_name: readonly [
                    0,
                    8
                ];
                readonly msg_namelen: readonly [
                    8,
                    4
                ];
                readonly msg_iov: readonly [
                    16,
                    8
                ];
                readonly msg_iovlen: readonly [
                    24,
                    8
                ];
                readonly msg_control: readonly [
                    32,
                    8
                ];
                readonly msg_controllen: readonly [
                    40,
                    8
                ];
                readonly msg_flags: readonly [
                    48,
                    4
                ];
            };
        },
        {
            readonly targets: readonly [
                "arm-linux-gnueabihf",
                "arm-linux-musleabihf"
            ];
            readonly size: 28;
            readonly align: 4;
            readonly fields: {
                readonly msg_name: readonly [
                    0,
                    4
                ];
                readonly msg_namelen: readonly [
                    4,
                    4
                ];
                readonly msg_iov: readonly [
                    8,
                    4
                ];
                readonly msg_iovlen: readonly [
                    12,
                    4
                ];
                readonly msg_control: readonly [
                    16,
                    4
                ];
                readonly msg_controllen: readonly [
                    20,
                    4
                ];
                readonly msg_flags: readonly [
                    24,
                    4
                ];
            };
        },
        {
            readonly targets: readonly [
                "x86_64-linux-musl",
                "aarch64-linux-musl"
            ];
            readonly size: 56;
            readonly align: 8;
            readonly fields: {
                readonly msg_name: readonly [
                    0,
                    8
                ];
                readonly msg_namelen: readonly [
                    8,
                    4
                ];
                readonly msg_iov: readonly [
                    16,
                    8
                ];
                readonly msg_iovlen: readonly [
                    24,
                    8
                ];
                readonly msg_control: readonly [
                    32,
                    8
                ];
                readonly msg_controllen: readonly [
                    40,
                    8
                ];
                readonly msg_flags: readonly [
                    48,
                    4
                ];
            };
            readonly declared: {
                readonly msg_iovlen: readonly [
                    24,
                    4
                ];
                readonly msg_controllen: readonly [
                    40,
                    4
                ];
            };
        },
        {
            readonly targets: readonly [
                "s390x-linux-musl"
            ];
            readonly size: 56;
            readonly align: 8;
            readonly fields: {
                readonly msg_name: readonly [
                    0,
                    8
                ];
                readonly msg_namelen: readonly [
                    8,
                    4
                ];
                readonly msg_iov: readonly [
                    16,
                    8
                ];
                readonly msg_iovlen: readonly [
                    24,
                    8
                ];
                readonly msg_control: readonly [
                    32,
                    8
                ];
                readonly msg_controllen: readonly [
                    40,
                    8
                ];
                readonly msg_flags: readonly [
                    48,
                    4
                ];
            };
            readonly declared: {
                readonly msg_iovlen: readonly [
                    28,
                    4
                ];
                readonly msg_controllen: readonly [
                    44,
                    4
                ];
            };
        }
    ];
};

declare const netlinkNamespace: ControlMessage<'netlinkNamespace', never, number>;

declare const netlinkPacketInfo: ControlMessage<'netlinkPacketInfo', never, {
    group: number;
}>;

declare const nl_pktinfo: {
    readonly types: {
        readonly group: "u32";
    };
    readonly variants: readonly [
        {
            readonly size: 4;
            readonly align: 4;
            readonly fields: {
                readonly group: readonly [
                    0,
                    4
                ];
            };
        }
    ];
};

declare const nlattr: {
    readonly types: {
        readonly nla_len: "u16";
        readonly nla_type: "u16";
    };
    readonly variants: readonly [
        {
            readonly size: 4;
            readonly align: 2;
            readonly fields: {
                readonly nla_len: readonly [
                    0,
                    2
                ];
                readonly nla_type: readonly [
                    2,
                    2
                ];
            };
        }
    ];
};

declare const nlmsghdr: {
    readonly types: {
        readonly nlmsg_len: "u32";
        readonly nlmsg_type: "u16";
        readonly nlmsg_flags: "u16";
        readonly nlmsg_seq: "u32";
        readonly nlmsg_pid: "u32";
    };
    readonly variants: readonly [
        {
            readonly size: 16;
            readonly align: 4;
            readonly fields: {
                readonly nlmsg_len: readonly [
                    0,
                    4
                ];
                readonly nlmsg_type: readonly [
                    4,
                    2
                ];
                readonly nlmsg_flags: readonly [
                    6,
                    2
                ];
                readonly nlmsg_seq: readonly [
                    8,
                    4
                ];
                readonly nlmsg_pid: readonly [
                    12,
                    4
                ];
            };
        }
    ];
};

declare function notify(state: NotifyState, options?: NotifyOptions): Promise<boolean>;

declare function openJournal(options?: JournalOptions): Journal;

declare const operations: {
    decrypt: number;
    encrypt: number;
};

declare const originalDestination: ControlMessage<'originalDestination', never, InetAddress>;

declare const originalDestination6: ControlMessage<'originalDestination6', never, InetAddress>;

declare const origins: {
    none: number;
    local: number;
    icmp: number;
    icmp6: number;
    timestamping: number;
    zerocopy: number;
    txtime: number;
};

declare const packetAuxdata: ControlMessage<'packetAuxdata', never, PacketAuxdata>;

declare const packetInfo: ControlMessage<'packetInfo', PartialValue<PacketInfo>, PacketInfo>;

declare const packetInfo2292: ControlMessage<'packetInfo2292', PartialValue<PacketInfo6>, PacketInfo6>;

declare const packetInfo6: ControlMessage<'packetInfo6', PartialValue<PacketInfo6>, PacketInfo6>;

declare const packetTxTimestamp: ControlMessage<'packetTxTimestamp', never, QueuedError>;

declare const parts: readonly [
    "first",
    "every",
    "last"
];

declare const pathMtu: ControlMessage<'pathMtu', never, PathMtu>;

declare function peerCredentials(socket: Descriptor): Credentials | undefined;

declare function peerGroups(socket: Descriptor): number[] | undefined;

declare function peerPidfd(socket: Descriptor): Pidfd | undefined;

declare function peerSecurity(socket: Descriptor): string | undefined;

declare const pidfd: ControlMessage<'pidfd', never, Pidfd | SystemError>;

declare const pidfd: ControlMessage<'pidfd', never, number>;

declare function pipe2(flags?: number): [
    read: number,
    write: number
];

declare function poll<E extends PollEntry>(entries: readonly E[], timeout?: number): (E & {
    revents: number;
})[];

declare const pollfd: {
    readonly types: {
        readonly fd: "i32";
        readonly events: "i16";
        readonly revents: "i16";
    };
    readonly variants: readonly [
        {
            readonly size: 8;
            readonly align: 4;
            readonly fields: {
                readonly fd: readonly [
                    0,
                    4
                ];
                readonly events: readonly [
                    4,
                    2
                ];
                readonly revents: readonly [
                    6,
                    2
                ];
            };
        }
    ];
};

declare const priority: ControlMessage<'priority', number, number>;

declare const protocol: ControlMessage<'protocol', number, number>;

declare function rawControl(level: number, type: number, data: Uint8Array): ControlItem;

declare const rdsAtomicCompareSwap: ControlMessage<'rdsAtomicCompareSwap', PartialValue<RdsCompareSwap>, RdsCompareSwap>;

declare const rdsAtomicFetchAdd: ControlMessage<'rdsAtomicFetchAdd', PartialValue<RdsFetchAdd>, RdsFetchAdd>;

declare const rdsCongestionUpdate: ControlMessage<'rdsCongestionUpdate', never, bigint>;

declare const rdsMaskedAtomicCompareSwap: ControlMessage<'rdsMaskedAtomicCompareSwap', PartialValue<RdsMaskedCompareSwap>, RdsMaskedCompareSwap>;

declare const rdsMaskedAtomicFetchAdd: ControlMessage<'rdsMaskedAtomicFetchAdd', PartialValue<RdsMaskedFetchAdd>, RdsMaskedFetchAdd>;

declare const rdsPathLatency: ControlMessage<'rdsPathLatency', never, readonly RdsLatency[]>;

declare const rdsRdmaArguments: ControlMessage<'rdsRdmaArguments', PartialValue<RdsRdmaArguments>, RdsRdmaArguments>;

declare const rdsRdmaDestination: ControlMessage<'rdsRdmaDestination', bigint, bigint>;

declare const rdsRdmaMap: ControlMessage<'rdsRdmaMap', PartialValue<RdsRdmaMap>, RdsRdmaMap>;

declare const rdsRdmaStatus: ControlMessage<'rdsRdmaStatus', never, RdsRdmaStatus>;

declare const rdsZerocopyCompletion: ControlMessage<'rdsZerocopyCompletion', never, number[]>;

declare const rdsZerocopyCookie: ControlMessage<'rdsZerocopyCookie', number, number>;

declare const rds_atomic_args: {
    readonly types: {
        readonly cookie: "u64";
        readonly local_addr: "u64";
        readonly remote_addr: "u64";
        readonly m_cswp: readonly [
            "u8",
            32
        ];
        readonly flags: "u64";
        readonly user_token: "u64";
    };
    readonly variants: readonly [
        {
            readonly size: 72;
            readonly align: 8;
            readonly fields: {
                readonly cookie: readonly [
                    0,
                    8
                ];
                readonly local_addr: readonly [
                    8,
                    8
                ];
                readonly remote_addr: readonly [
                    16,
                    8
                ];
                readonly m_cswp: readonly [
                    24,
                    32
                ];
                readonly flags: readonly [
                    56,
                    8
                ];
                readonly user_token: readonly [
                    64,
                    8
                ];
            };
        }
    ];
};

declare const rds_cmsg_rx_trace: {
    readonly types: {
        readonly rx_traces: "u8";
        readonly rx_trace_pos: readonly [
            "u8",
            3
        ];
        readonly rx_trace: readonly [
            "u64",
            3
        ];
    };
    readonly variants: readonly [
        {
            readonly size: 32;
            readonly align: 8;
            readonly fields: {
                readonly rx_traces: readonly [
                    0,
                    1
                ];
                readonly rx_trace_pos: readonly [
                    1,
                    3
                ];
                readonly rx_trace: readonly [
                    8,
                    24
                ];
            };
        }
    ];
};

declare const rds_get_mr_args: {
    readonly types: {
        readonly vec: {
            readonly struct: "rds_iovec";
        };
        readonly cookie_addr: "u64";
        readonly flags: "u64";
    };
    readonly variants: readonly [
        {
            readonly size: 32;
            readonly align: 8;
            readonly fields: {
                readonly vec: readonly [
                    0,
                    16
                ];
                readonly cookie_addr: readonly [
                    16,
                    8
                ];
                readonly flags: readonly [
                    24,
                    8
                ];
            };
        }
    ];
};

declare const rds_iovec: {
    readonly types: {
        readonly addr: "u64";
        readonly bytes: "u64";
    };
    readonly variants: readonly [
        {
            readonly size: 16;
            readonly align: 8;
            readonly fields: {
                readonly addr: readonly [
                    0,
                    8
                ];
                readonly bytes: readonly [
                    8,
                    8
                ];
            };
        }
    ];
};

declare const rds_rdma_args: {
    readonly types: {
        readonly cookie: "u64";
        readonly remote_vec: {
            readonly struct: "rds_iovec";
        };
        readonly local_vec_addr: "u64";
        readonly nr_local: "u64";
        readonly flags: "u64";
        readonly user_token: "u64";
    };
    readonly variants: readonly [
        {
            readonly size: 56;
            readonly align: 8;
            readonly fields: {
                readonly cookie: readonly [
                    0,
                    8
                ];
                readonly remote_vec: readonly [
                    8,
                    16
                ];
                readonly local_vec_addr: readonly [
                    24,
                    8
                ];
                readonly nr_local: readonly [
                    32,
                    8
                ];
                readonly flags: readonly [
                    40,
                    8
                ];
                readonly user_token: readonly [
                    48,
                    8
                ];
            };
        }
    ];
};

declare const rds_rdma_notify: {
    readonly types: {
        readonly user_token: "u64";
        readonly status: "i32";
    };
    readonly variants: readonly [
        {
            readonly size: 16;
            readonly align: 8;
            readonly fields: {
                readonly user_token: readonly [
                    0,
                    8
                ];
                readonly status: readonly [
                    8,
                    4
                ];
            };
        }
    ];
};

declare const rds_zcopy_cookies: {
    readonly types: {
        readonly num: "u32";
        readonly cookies: readonly [
            "u32",
            8
        ];
    };
    readonly variants: readonly [
        {
            readonly size: 36;
            readonly align: 4;
            readonly fields: {
                readonly num: readonly [
                    0,
                    4
                ];
                readonly cookies: readonly [
                    4,
                    32
                ];
            };
        }
    ];
};

declare const recordTypes: {
    changeCipherSpec: number;
    alert: number;
    handshake: number;
    data: number;
};

declare const recvErr: ControlMessage<'recvErr', never, QueuedError>;

declare const recvErr6: ControlMessage<'recvErr6', never, QueuedError>;

declare function recvmmsg(fd: number, options: ReceiveManyOptions, flags?: number): ReceivedMessage[];

declare function recvmsg(fd: number, options?: ReceiveOptions, flags?: number): ReceivedMessage;

declare const returnOptions: ControlMessage<'returnOptions', Uint8Array, Uint8Array>;

declare const rights: ControlMessage<'rights', readonly Descriptor[], OwnedFd[]>;

declare const rights: ControlMessage<'rights', readonly number[], number[]>;

declare const routingDestinationOptions: ControlMessage<'routingDestinationOptions', Uint8Array, Uint8Array>;

declare const routingHeader: ControlMessage<'routingHeader', Uint8Array, Uint8Array>;

declare const routingHeader2292: ControlMessage<'routingHeader2292', Uint8Array, Uint8Array>;

declare const rxqOverflow: ControlMessage<'rxqOverflow', never, number>;

declare const rxrpcAbort: ControlMessage<'rxrpcAbort', number, number>;

declare const rxrpcAccept: ControlMessage<'rxrpcAccept', Request, Notice>;

declare const rxrpcAck: ControlMessage<'rxrpcAck', never, Notice>;

declare const rxrpcBusy: ControlMessage<'rxrpcBusy', never, Notice>;

declare const rxrpcChallenged: ControlMessage<'rxrpcChallenged', never, RxrpcChallenge>;

declare const rxrpcChargeAccept: ControlMessage<'rxrpcChargeAccept', Request, Notice>;

declare const rxrpcExclusiveCall: ControlMessage<'rxrpcExclusiveCall', Request, Notice>;

declare const rxrpcLocalError: ControlMessage<'rxrpcLocalError', never, number>;

declare const rxrpcNetError: ControlMessage<'rxrpcNetError', never, number>;

declare const rxrpcNewCall: ControlMessage<'rxrpcNewCall', never, Notice>;

declare const rxrpcOobId: ControlMessage<'rxrpcOobId', bigint, bigint>;

declare const rxrpcRespRxgkAppdata: ControlMessage<'rxrpcRespRxgkAppdata', Uint8Array, Uint8Array>;

declare const rxrpcRespond: ControlMessage<'rxrpcRespond', Request, Notice>;

declare const rxrpcResponded: ControlMessage<'rxrpcResponded', never, Uint8Array>;

declare const rxrpcSetCallTimeout: ControlMessage<'rxrpcSetCallTimeout', RxrpcTimeouts, RxrpcTimeouts>;

declare const rxrpcTxLength: ControlMessage<'rxrpcTxLength', bigint, bigint>;

declare const rxrpcUpgradeService: ControlMessage<'rxrpcUpgradeService', Request, Notice>;

declare const rxrpcUserCallId: ControlMessage<'rxrpcUserCallId', bigint, bigint>;

declare const rxrpc_challenge: {
    readonly types: {
        readonly service_id: "u16";
        readonly security_index: "u8";
        readonly pad: "u8";
    };
    readonly variants: readonly [
        {
            readonly size: 4;
            readonly align: 2;
            readonly fields: {
                readonly service_id: readonly [
                    0,
                    2
                ];
                readonly security_index: readonly [
                    2,
                    1
                ];
                readonly pad: readonly [
                    3,
                    1
                ];
            };
        }
    ];
};

declare const scm_timestamping: {
    readonly types: {
        readonly ts: readonly [
            {
                readonly struct: "timespec";
            },
            3
        ];
    };
    readonly variants: readonly [
        {
            readonly targets: readonly [
                "x86_64-linux-gnu",
                "aarch64-linux-gnu",
                "riscv64-linux-gnu",
                "s390x-linux-gnu",
                "x86_64-linux-musl",
                "aarch64-linux-musl",
                "s390x-linux-musl",
                "arm-linux-musleabihf"
            ];
            readonly size: 48;
            readonly align: 8;
            readonly fields: {
                readonly ts: readonly [
                    0,
                    48
                ];
            };
        },
        {
            readonly targets: readonly [
                "arm-linux-gnueabihf"
            ];
            readonly size: 24;
            readonly align: 4;
            readonly fields: {
                readonly ts: readonly [
                    0,
                    24
                ];
            };
        }
    ];
};

declare const scm_timestamping64: {
    readonly types: {
        readonly ts: readonly [
            {
                readonly struct: "__kernel_timespec";
            },
            3
        ];
    };
    readonly variants: readonly [
        {
            readonly size: 48;
            readonly align: 8;
            readonly fields: {
                readonly ts: readonly [
                    0,
                    48
                ];
            };
        }
    ];
};

declare const scm_ts_pktinfo: {
    readonly types: {
        readonly if_index: "u32";
        readonly pkt_length: "u32";
        readonly reserved: readonly [
            "u32",
            2
        ];
    };
    readonly variants: readonly [
        {
            readonly size: 16;
            readonly align: 4;
            readonly fields: {
                readonly if_index: readonly [
                    0,
                    4
                ];
                readonly pkt_length: readonly [
                    4,
                    4
                ];
                readonly reserved: readonly [
                    8,
                    8
                ];
            };
        }
    ];
};

declare const sctpAuthInfo: ControlMessage<'sctpAuthInfo', {
    keyNumber: number;
}, {
    keyNumber: number;
}>;

declare const sctpDestination4: ControlMessage<'sctpDestination4', string, string>;

declare const sctpDestination6: ControlMessage<'sctpDestination6', string, string>;

declare const sctpInit: ControlMessage<'sctpInit', PartialValue<SctpInit>, SctpInit>;

declare const sctpNextInfo: ControlMessage<'sctpNextInfo', never, SctpNextInfo>;

declare const sctpPrInfo: ControlMessage<'sctpPrInfo', PartialValue<SctpPrInfo>, SctpPrInfo>;

declare const sctpReceiveInfo: ControlMessage<'sctpReceiveInfo', never, SctpReceiveInfo>;

declare const sctpSendInfo: ControlMessage<'sctpSendInfo', PartialValue<SctpSendInfo>, SctpSendInfo>;

declare const sctpSendReceiveInfo: ControlMessage<'sctpSendReceiveInfo', PartialValue<SctpSendReceiveInfo>, SctpSendReceiveInfo>;

declare const sctp_authinfo: {
    readonly types: {
        readonly auth_keynumber: "u16";
    };
    readonly variants: readonly [
        {
            readonly size: 2;
            readonly align: 2;
            readonly fields: {
                readonly auth_keynumber: readonly [
                    0,
                    2
                ];
            };
        }
    ];
};

declare const sctp_initmsg: {
    readonly types: {
        readonly sinit_num_ostreams: "u16";
        readonly sinit_max_instreams: "u16";
        readonly sinit_max_attempts: "u16";
        readonly sinit_max_init_timeo: "u16";
    };
    readonly variants: readonly [
        {
            readonly size: 8;
            readonly align: 2;
            readonly fields: {
                readonly sinit_num_ostreams: readonly [
                    0,
                    2
                ];
                readonly sinit_max_instreams: readonly [
                    2,
                    2
                ];
                readonly sinit_max_attempts: readonly [
                    4,
                    2
                ];
                readonly sinit_max_init_timeo: readonly [
                    6,
                    2
                ];
            };
        }
    ];
};

declare const sctp_nxtinfo: {
    readonly types: {
        readonly nxt_sid: "u16";
        readonly nxt_flags: "u16";
        readonly nxt_ppid: "u32";
        readonly nxt_length: "u32";
        readonly nxt_assoc_id: "i32";
    };
    readonly variants: readonly [
        {
            readonly size: 16;
            readonly align: 4;
            readonly fields: {
                readonly nxt_sid: readonly [
                    0,
                    2
                ];
                readonly nxt_flags: readonly [
                    2,
                    2
                ];
                readonly nxt_ppid: readonly [
                    4,
                    4
                ];
                readonly nxt_length: readonly [
                    8,
                    4
                ];
                readonly nxt_assoc_id: readonly [
                    12,
                    4
                ];
            };
        }
    ];
};

declare const sctp_prinfo: {
    readonly types: {
        readonly pr_policy: "u16";
        readonly pr_value: "u32";
    };
    readonly variants: readonly [
        {
            readonly size: 8;
            readonly align: 4;
            readonly fields: {
                readonly pr_policy: readonly [
                    0,
                    2
                ];
                readonly pr_value: readonly [
                    4,
                    4
                ];
            };
        }
    ];
};

declare const sctp_rcvinfo: {
    readonly types: {
        readonly rcv_sid: "u16";
        readonly rcv_ssn: "u16";
        readonly rcv_flags: "u16";
        readonly rcv_ppid: "u32";
        readonly rcv_tsn: "u32";
        readonly rcv_cumtsn: "u32";
        readonly rcv_context: "u32";
        readonly rcv_assoc_id: "i32";
    };
    readonly variants: readonly [
        {
            readonly size: 28;
            readonly align: 4;
            readonly fields: {
                readonly rcv_sid: readonly [
                    0,
                    2
                ];
                readonly rcv_ssn: readonly [
                    2,
                    2
                ];
                readonly rcv_flags: readonly [
                    4,
                    2
                ];
                readonly rcv_ppid: readonly [
                    8,
                    4
                ];
                readonly rcv_tsn: readonly [
                    12,
                    4
                ];
                readonly rcv_cumtsn: readonly [
                    16,
                    4
                ];
                readonly rcv_context: readonly [
                    20,
                    4
                ];
                readonly rcv_assoc_id: readonly [
                    24,
                    4
                ];
            };
        }
    ];
};

declare const sctp_sndinfo: {
    readonly types: {
        readonly snd_sid: "u16";
        readonly snd_flags: "u16";
        readonly snd_ppid: "u32";
        readonly snd_context: "u32";
        readonly snd_assoc_id: "i32";
    };
    readonly variants: readonly [
        {
            readonly size: 16;
            readonly align: 4;
            readonly fields: {
                readonly snd_sid: readonly [
                    0,
                    2
                ];
                readonly snd_flags: readonly [
                    2,
                    2
                ];
                readonly snd_ppid: readonly [
                    4,
                    4
                ];
                readonly snd_context: readonly [
                    8,
                    4
                ];
                readonly snd_assoc_id: readonly [
                    12,
                    4
                ];
            };
        }
    ];
};

declare const sctp_sndrcvinfo: {
    readonly types: {
        readonly sinfo_stream: "u16";
        readonly sinfo_ssn: "u16";
        readonly sinfo_flags: "u16";
        readonly sinfo_ppid: "u32";
        readonly sinfo_context: "u32";
        readonly sinfo_timetolive: "u32";
        readonly sinfo_tsn: "u32";
        readonly sinfo_cumtsn: "u32";
        readonly sinfo_assoc_id: "i32";
    };
    readonly variants: readonly [
        {
            readonly size: 32;
            readonly align: 4;
            readonly fields: {
                readonly sinfo_stream: readonly [
                    0,
                    2
                ];
                readonly sinfo_ssn: readonly [
                    2,
                    2
                ];
                readonly sinfo_flags: readonly [
                    4,
                    2
                ];
                readonly sinfo_ppid: readonly [
                    8,
                    4
                ];
                readonly sinfo_context: readonly [
                    12,
                    4
                ];
                readonly sinfo_timetolive: readonly [
                    16,
                    4
                ];
                readonly sinfo_tsn: readonly [
                    20,
                    4
                ];
                readonly sinfo_cumtsn: readonly [
                    24,
                    4
                ];
                readonly sinfo_assoc_id: readonly [
                    28,
                    4
                ];
            };
        }
    ];
};

declare const securities: {
    none: number;
    rxkad: number;
    rxgk: number;
    rxk5: number;
};

declare const security: ControlMessage<'security', never, string>;

declare const segmentSize: ControlMessage<'segmentSize', number, number>;

declare function sendmmsg(fd: number, messages: readonly SendMessage[], flags?: number): number;

declare function sendmsg(fd: number, message: SendMessage, flags?: number): number;

declare function setsockopt(fd: number, level: number, option: number, value: number | boolean | Uint8Array): void;

declare const share: unique symbol;

declare function shutdown(fd: number, how: number): void;

declare const so_timestamping: {
    readonly types: {
        readonly flags: "i32";
        readonly bind_phc: "i32";
    };
    readonly variants: readonly [
        {
            readonly size: 8;
            readonly align: 4;
            readonly fields: {
                readonly flags: readonly [
                    0,
                    4
                ];
                readonly bind_phc: readonly [
                    4,
                    4
                ];
            };
        }
    ];
};

declare const sock_ee_data_rfc4884: {
    readonly types: {
        readonly len: "u16";
        readonly flags: "u8";
        readonly reserved: "u8";
    };
    readonly variants: readonly [
        {
            readonly size: 4;
            readonly align: 2;
            readonly fields: {
                readonly len: readonly [
                    0,
                    2
                ];
                readonly flags: readonly [
                    2,
                    1
                ];
                readonly reserved: readonly [
                    3,
                    1
                ];
            };
        }
    ];
};

declare const sock_extended_err: {
    readonly types: {
        readonly ee_errno: "u32";
        readonly ee_origin: "u8";
        readonly ee_type: "u8";
        readonly ee_code: "u8";
        readonly ee_pad: "u8";
        readonly ee_info: "u32";
        readonly ee_data: "u32";
    };
    readonly variants: readonly [
        {
            readonly size: 16;
            readonly align: 4;
            readonly fields: {
                readonly ee_errno: readonly [
                    0,
                    4
                ];
                readonly ee_origin: readonly [
                    4,
                    1
                ];
                readonly ee_type: readonly [
                    5,
                    1
                ];
                readonly ee_code: readonly [
                    6,
                    1
                ];
                readonly ee_pad: readonly [
                    7,
                    1
                ];
                readonly ee_info: readonly [
                    8,
                    4
                ];
                readonly ee_data: readonly [
                    12,
                    4
                ];
            };
        }
    ];
};

declare const sock_filter: {
    readonly types: {
        readonly code: "u16";
        readonly jt: "u8";
        readonly jf: "u8";
        readonly k: "u32";
    };
    readonly variants: readonly [
        {
            readonly size: 8;
            readonly align: 4;
            readonly fields: {
                readonly code: readonly [
                    0,
                    2
                ];
                readonly jt: readonly [
                    2,
                    1
                ];
                readonly jf: readonly [
                    3,
                    1
                ];
                readonly k: readonly [
                    4,
                    4
                ];
            };
        }
    ];
};

declare const sock_txtime: {
    readonly types: {
        readonly clockid: "i32";
        readonly flags: "u32";
    };
    readonly variants: readonly [
        {
            readonly size: 8;
            readonly align: 4;
            readonly fields: {
                readonly clockid: readonly [
                    0,
                    4
                ];
                readonly flags: readonly [
                    4,
                    4
                ];
            };
        }
    ];
};

declare const sockaddr: {
    readonly types: {
        readonly sa_family: "u16";
        readonly sa_data: readonly [
            "u8",
            14
        ];
    };
    readonly variants: readonly [
        {
            readonly size: 16;
            readonly align: 2;
            readonly fields: {
                readonly sa_family: readonly [
                    0,
                    2
                ];
                readonly sa_data: readonly [
                    2,
                    14
                ];
            };
        }
    ];
};

declare const sockaddr_in: {
    readonly types: {
        readonly sin_family: "u16";
        readonly sin_port: "u16be";
        readonly sin_addr: readonly [
            "u8",
            4
        ];
        readonly sin_zero: readonly [
            "u8",
            8
        ];
    };
    readonly variants: readonly [
        {
            readonly size: 16;
            readonly align: 4;
            readonly fields: {
                readonly sin_family: readonly [
                    0,
                    2
                ];
                readonly sin_port: readonly [
                    2,
                    2
                ];
                readonly sin_addr: readonly [
                    4,
                    4
                ];
                readonly sin_zero: readonly [
                    8,
                    8
                ];
            };
        }
    ];
};

declare const sockaddr_in6: {
    readonly types: {
        readonly sin6_family: "u16";
        readonly sin6_port: "u16be";
        readonly sin6_flowinfo: "u32be";
        readonly sin6_addr: readonly [
            "u8",
            16
        ];
        readonly sin6_scope_id: "u32";
    };
    readonly variants: readonly [
        {
            readonly size: 28;
            readonly align: 4;
            readonly fields: {
                readonly sin6_family: readonly [
                    0,
                    2
                ];
                readonly sin6_port: readonly [
                    2,
                    2
                ];
                readonly sin6_flowinfo: readonly [
                    4,
                    4
                ];
                readonly sin6_addr: readonly [
                    8,
                    16
                ];
                readonly sin6_scope_id: readonly [
                    24,
                    4
                ];
            };
        }
    ];
};

declare const sockaddr_ll: {
    readonly types: {
        readonly sll_family: "u16";
        readonly sll_protocol: "u16be";
        readonly sll_ifindex: "i32";
        readonly sll_hatype: "u16";
        readonly sll_pkttype: "u8";
        readonly sll_halen: "u8";
        readonly sll_addr: readonly [
            "u8",
            8
        ];
    };
    readonly variants: readonly [
        {
            readonly size: 20;
            readonly align: 4;
            readonly fields: {
                readonly sll_family: readonly [
                    0,
                    2
                ];
                readonly sll_protocol: readonly [
                    2,
                    2
                ];
                readonly sll_ifindex: readonly [
                    4,
                    4
                ];
                readonly sll_hatype: readonly [
                    8,
                    2
                ];
                readonly sll_pkttype: readonly [
                    10,
                    1
                ];
                readonly sll_halen: readonly [
                    11,
                    1
                ];
                readonly sll_addr: readonly [
                    12,
                    8
                ];
            };
        }
    ];
};

declare const sockaddr_nl: {
    readonly types: {
        readonly nl_family: "u16";
        readonly nl_pad: "u16";
        readonly nl_pid: "u32";
        readonly nl_groups: "u32";
    };
    readonly variants: readonly [
        {
            readonly size: 12;
            readonly align: 4;
            readonly fields: {
                readonly nl_family: readonly [
                    0,
                    2
                ];
                readonly nl_pad: readonly [
                    2,
                    2
                ];
                readonly nl_pid: readonly [
                    4,
                    4
                ];
                readonly nl_groups: readonly [
                    8,
                    4
                ];
            };
        }
    ];
};

declare const sockaddr_un: {
    readonly types: {
        readonly sun_family: "u16";
        readonly sun_path: readonly [
            "u8",
            108
        ];
    };
    readonly variants: readonly [
        {
            readonly size: 110;
            readonly align: 2;
            readonly fields: {
                readonly sun_family: readonly [
                    0,
                    2
                ];
                readonly sun_path: readonly [
                    2,
                    108
                ];
            };
        }
    ];
};

declare const sockaddr_vm: {
    readonly types: {
        readonly svm_family: "u16";
        readonly svm_reserved1: "u16";
        readonly svm_port: "u32";
        readonly svm_cid: "u32";
        readonly svm_flags: "u8";
        readonly svm_zero: readonly [
            "u8",
            3
        ];
    };
    readonly variants: readonly [
        {
            readonly size: 16;
            readonly align: 4;
            readonly fields: {
                readonly svm_family: readonly [
                    0,
                    2
                ];
                readonly svm_reserved1: readonly [
                    2,
                    2
                ];
                readonly svm_port: readonly [
                    4,
                    4
                ];
                readonly svm_cid: readonly [
                    8,
                    4
                ];
                readonly svm_flags: readonly [
                    12,
                    1
                ];
                readonly svm_zero: readonly [
                    13,
                    3
                ];
            };
        }
    ];
};

declare function socket(family: number, type: number, protocol?: number): number;

declare function socketpair(family: number, type: number, protocol?: number): [
    number,
    number
];

declare const statuses: {
    success: number;
    remoteError: number;
    canceled: number;
    dropped: number;
    otherError: number;
};

declare const statx: {
    readonly types: {
        readonly stx_mask: "u32";
        readonly stx_blksize: "u32";
        readonly stx_attributes: "u64";
        readonly stx_nlink: "u32";
        readonly stx_uid: "u32";
        readonly stx_gid: "u32";
        readonly stx_mode: "u16";
        readonly __spare0: readonly [
            "u16",
            1
        ];
        readonly stx_ino: "u64";
        readonly stx_size: "u64";
        readonly stx_blocks: "u64";
        readonly stx_attributes_mask: "u64";
        readonly stx_times: readonly [
            "u64",
            8
        ];
        readonly stx_rdev_major: "u32";
        readonly stx_rdev_minor: "u32";
        readonly stx_dev_major: "u32";
        readonly stx_dev_minor: "u32";
        readonly __spare: readonly [
            "u64",
            14
        ];
    };
    readonly variants: readonly [
        {
            readonly size: 256;
            readonly align: 8;
            readonly fields: {
                readonly stx_mask: readonly [
                    0,
                    4
                ];
                readonly stx_blksize: readonly [
                    4,
                    4
                ];
                readonly stx_attributes: readonly [
                    8,
                    8
                ];
                readonly stx_nlink: readonly [
                    16,
                    4
                ];
                readonly stx_uid: readonly [
                    20,
                    4
                ];
                readonly stx_gid: readonly [
                    24,
                    4
                ];
                readonly stx_mode: readonly [
                    28,
                    2
                ];
                readonly __spare0: readonly [
                    30,
                    2
                ];
                readonly stx_ino: readonly [
                    32,
                    8
                ];
                readonly stx_size: readonly [
                    40,
                    8
                ];
                readonly stx_blocks: readonly [
                    48,
                    8
                ];
                readonly stx_attributes_mask: readonly [
                    56,
                    8
                ];
                readonly stx_times: readonly [
                    64,
                    64
                ];
                readonly stx_rdev_major: readonly [
                    128,
                    4
                ];
                readonly stx_rdev_minor: readonly [
                    132,
                    4
                ];
                readonly stx_dev_major: readonly [
                    136,
                    4
                ];
                readonly stx_dev_minor: readonly [
                    140,
                    4
                ];
                readonly __spare: readonly [
                    144,
                    112
                ];
            };
        }
    ];
};

declare const structs: Structs;

declare const targets: {
    readonly 'x86_64-linux-gnu': {
        readonly libc: "glibc";
        readonly wordSize: 8;
        readonly littleEndian: true;
    };
    readonly 'aarch64-linux-gnu': {
        readonly libc: "glibc";
        readonly wordSize: 8;
        readonly littleEndian: true;
    };
    readonly 'riscv64-linux-gnu': {
        readonly libc: "glibc";
        readonly wordSize: 8;
        readonly littleEndian: true;
    };
    readonly 's390x-linux-gnu': {
        readonly libc: "glibc";
        readonly wordSize: 8;
        readonly littleEndian: false;
    };
    readonly 'arm-linux-gnueabihf': {
        readonly libc: "glibc";
        readonly wordSize: 4;
        readonly littleEndian: true;
    };
    readonly 'x86_64-linux-musl': {
        readonly libc: "musl";
        readonly wordSize: 8;
        readonly littleEndian: true;
    };
    readonly 'aarch64-linux-musl': {
        readonly libc: "musl";
        readonly wordSize: 8;
        readonly littleEndian: true;
    };
    readonly 's390x-linux-musl': {
        readonly libc: "musl";
        readonly wordSize: 8;
        readonly littleEndian: false;
    };
    readonly 'arm-linux-musleabihf': {
        readonly libc: "musl";
        readonly wordSize: 4;
        readonly littleEndian: true;
    };
};

declare const tcpInq: ControlMessage<'tcpInq', never, number>;

declare const timespec: {
    readonly types: {
        readonly tv_sec: "long";
        readonly tv_nsec: "long";
    };
    readonly variants: readonly [
        {
            readonly targets: readonly [
                "x86_64-linux-gnu",
                "aarch64-linux-gnu",
                "riscv64-linux-gnu",
                "s390x-linux-gnu",
                "x86_64-linux-musl",
                "aarch64-linux-musl",
                "s390x-linux-musl"
            ];
            readonly size: 16;
            readonly align: 8;
            readonly fields: {
                readonly tv_sec: readonly [
                    0,
                    8
                ];
                readonly tv_nsec: readonly [
                    8,
                    8
                ];
            };
        },
        {
            readonly targets: readonly [
                "arm-linux-gnueabihf"
            ];
            readonly size: 8;
            readonly align: 4;
            readonly fields: {
                readonly tv_sec: readonly [
                    0,
                    4
                ];
                readonly tv_nsec: readonly [
                    4,
                    4
                ];
            };
        },
        {
            readonly targets: readonly [
                "arm-linux-musleabihf"
            ];
            readonly size: 16;
            readonly align: 8;
            readonly fields: {
                readonly tv_sec: readonly [
                    0,
                    8
                ];
                readonly tv_nsec: readonly [
                    8,
                    4
                ];
            };
        }
    ];
};

declare const timestamp: ControlMessage<'timestamp', never, Timeval>;

declare const timestampId: ControlMessage<'timestampId', number, number>;

declare const timestampNew: ControlMessage<'timestampNew', never, Timeval>;

declare const timestampNs: ControlMessage<'timestampNs', never, Timespec>;

declare const timestampNsNew: ControlMessage<'timestampNsNew', never, Timespec>;

declare const timestamping: ControlMessage<'timestamping', number, Timestamps>;

declare const timestampingNew: ControlMessage<'timestampingNew', number, Timestamps>;

declare const timestampingPacketInfo: ControlMessage<'timestampingPacketInfo', never, TimestampPacketInfo>;

declare const timestampingStats: ControlMessage<'timestampingStats', never, Readonly<Record<string, number | bigint>>>;

declare const timeval: {
    readonly types: {
        readonly tv_sec: "long";
        readonly tv_usec: "long";
    };
    readonly variants: readonly [
        {
            readonly targets: readonly [
                "x86_64-linux-gnu",
                "aarch64-linux-gnu",
                "riscv64-linux-gnu",
                "s390x-linux-gnu",
                "x86_64-linux-musl",
                "aarch64-linux-musl",
                "s390x-linux-musl",
                "arm-linux-musleabihf"
            ];
            readonly size: 16;
            readonly align: 8;
            readonly fields: {
                readonly tv_sec: readonly [
                    0,
                    8
                ];
                readonly tv_usec: readonly [
                    8,
                    8
                ];
            };
        },
        {
            readonly targets: readonly [
                "arm-linux-gnueabihf"
            ];
            readonly size: 8;
            readonly align: 4;
            readonly fields: {
                readonly tv_sec: readonly [
                    0,
                    4
                ];
                readonly tv_usec: readonly [
                    4,
                    4
                ];
            };
        }
    ];
};

declare const tipcDestinationName: ControlMessage<'tipcDestinationName', never, TipcDestinationName>;

declare const tipcErrorInfo: ControlMessage<'tipcErrorInfo', never, TipcErrorInfo>;

declare const tipcReturnedData: ControlMessage<'tipcReturnedData', never, Uint8Array>;

declare const tipc_service_range: {
    readonly types: {
        readonly type: "u32";
        readonly lower: "u32";
        readonly upper: "u32";
    };
    readonly variants: readonly [
        {
            readonly size: 12;
            readonly align: 4;
            readonly fields: {
                readonly type: readonly [
                    0,
                    4
                ];
                readonly lower: readonly [
                    4,
                    4
                ];
                readonly upper: readonly [
                    8,
                    4
                ];
            };
        }
    ];
};

declare const tlsRecordType: ControlMessage<'tlsRecordType', never, TlsRecordType>;

declare const tlsSetRecordType: ControlMessage<'tlsSetRecordType', TlsRecordType, TlsRecordType>;

declare const tos: ControlMessage<'tos', number, number>;

declare const tpacket_auxdata: {
    readonly types: {
        readonly tp_status: "u32";
        readonly tp_len: "u32";
        readonly tp_snaplen: "u32";
        readonly tp_mac: "u16";
        readonly tp_net: "u16";
        readonly tp_vlan_tci: "u16";
        readonly tp_vlan_tpid: "u16";
    };
    readonly variants: readonly [
        {
            readonly size: 20;
            readonly align: 4;
            readonly fields: {
                readonly tp_status: readonly [
                    0,
                    4
                ];
                readonly tp_len: readonly [
                    4,
                    4
                ];
                readonly tp_snaplen: readonly [
                    8,
                    4
                ];
                readonly tp_mac: readonly [
                    12,
                    2
                ];
                readonly tp_net: readonly [
                    14,
                    2
                ];
                readonly tp_vlan_tci: readonly [
                    16,
                    2
                ];
                readonly tp_vlan_tpid: readonly [
                    18,
                    2
                ];
            };
        }
    ];
};

declare const trafficClass: ControlMessage<'trafficClass', number, number>;

declare const ttl: ControlMessage<'ttl', number, number>;

declare const txTime: ControlMessage<'txTime', bigint, bigint>;

declare const typeNumbers: {
    readonly stream: 1;
    readonly datagram: 2;
    readonly seqpacket: 5;
    readonly raw: 3;
    readonly rdm: 4;
};

declare const types: {
    readonly datagram: 2;
    readonly seqpacket: 5;
    readonly stream: 1;
};

declare const ucred: {
    readonly types: {
        readonly pid: "i32";
        readonly uid: "u32";
        readonly gid: "u32";
    };
    readonly variants: readonly [
        {
            readonly size: 12;
            readonly align: 4;
            readonly fields: {
                readonly pid: readonly [
                    0,
                    4
                ];
                readonly uid: readonly [
                    4,
                    4
                ];
                readonly gid: readonly [
                    8,
                    4
                ];
            };
        }
    ];
};

declare const unix_diag_msg: {
    readonly types: {
        readonly udiag_family: "u8";
        readonly udiag_type: "u8";
        readonly udiag_state: "u8";
        readonly pad: "u8";
        readonly udiag_ino: "u32";
        readonly udiag_cookie: readonly [
            "u32",
            2
        ];
    };
    readonly variants: readonly [
        {
            readonly size: 16;
            readonly align: 4;
            readonly fields: {
                readonly udiag_family: readonly [
                    0,
                    1
                ];
                readonly udiag_type: readonly [
                    1,
                    1
                ];
                readonly udiag_state: readonly [
                    2,
                    1
                ];
                readonly pad: readonly [
                    3,
                    1
                ];
                readonly udiag_ino: readonly [
                    4,
                    4
                ];
                readonly udiag_cookie: readonly [
                    8,
                    8
                ];
            };
        }
    ];
};

declare const unix_diag_req: {
    readonly types: {
        readonly sdiag_family: "u8";
        readonly sdiag_protocol: "u8";
        readonly pad: "u16";
        readonly udiag_states: "u32";
        readonly udiag_ino: "u32";
        readonly udiag_show: "u32";
        readonly udiag_cookie: readonly [
            "u32",
            2
        ];
    };
    readonly variants: readonly [
        {
            readonly size: 24;
            readonly align: 4;
            readonly fields: {
                readonly sdiag_family: readonly [
                    0,
                    1
                ];
                readonly sdiag_protocol: readonly [
                    1,
                    1
                ];
                readonly pad: readonly [
                    2,
                    2
                ];
                readonly udiag_states: readonly [
                    4,
                    4
                ];
                readonly udiag_ino: readonly [
                    8,
                    4
                ];
                readonly udiag_show: readonly [
                    12,
                    4
                ];
                readonly udiag_cookie: readonly [
                    16,
                    8
                ];
            };
        }
    ];
};

declare const unix_diag_vfs: {
    readonly types: {
        readonly udiag_vfs_ino: "u32";
        readonly udiag_vfs_dev: "u32";
    };
    readonly variants: readonly [
        {
            readonly size: 8;
            readonly align: 4;
            readonly fields: {
                readonly udiag_vfs_ino: readonly [
                    0,
                    4
                ];
                readonly udiag_vfs_dev: readonly [
                    4,
                    4
                ];
            };
        }
    ];
};

declare const vsockRecvErr: ControlMessage<'vsockRecvErr', never, QueuedError>;

declare function watchdog(): Watchdog | undefined;

declare const wifiStatus: ControlMessage<'wifiStatus', never, boolean>;

declare const wpanLqi: ControlMessage<'wpanLqi', never, number>;
