import { STATUS_CODES, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Logger, type INestApplicationContext } from '@nestjs/common';
import { AbstractWsAdapter } from '@nestjs/websockets';
import { WebSocketServer, type WebSocket } from 'ws';
import { ErrorCode, MAX_INPUT_FRAME_BYTES } from '@holdfast/protocol';
import type { AnswersInProgress } from '../infrastructure/http/answers-in-progress';
import { listenOn, type Place, stopAccepting } from '../infrastructure/http/listen-on';
import type { CreateWebServer } from '../infrastructure/http/web-server';
import { isDatabaseUnavailable } from '../infrastructure/database/database-errors';
import type { SessionGateway } from '../sessions/session.entity';
import { UpgradeRefusal } from './admission';
import type { AdmittedSocket } from './upgrade-gate';

/** Upgrades that are being decided. Each holds a socket that has not proved anything yet. */
const MAX_PENDING_UPGRADES = 256;
const UPGRADE_TIMEOUT_MS = 5_000;
/** How long sockets may take to close at shutdown. */
const CLOSE_TIMEOUT_MS = 1_500;
/** A refused peer that does not read its refusal is cut off after this long. */
const REFUSAL_TIMEOUT_MS = 1_000;
/** After a frame that is none, a peer has this long to leave by itself. */
const CLOSING_HANDSHAKE_MS = 1_000;
/** Of one message of at most 64 KiB. Browsers cut only what is larger. */
const MAX_FRAGMENTS = 128;
/** Packets of one frame: 64 KiB in the 1,400 bytes of a mobile network are 47 of them. */
const MAX_PACKETS_OF_FRAME = 2_048;

const SOCKET_OPTIONS = {
  noServer: true,
  clientTracking: true,
  perMessageDeflate: false,
  maxPayload: MAX_INPUT_FRAME_BYTES,
  maxFragments: MAX_FRAGMENTS,
  maxBufferedChunks: MAX_PACKETS_OF_FRAME,
  closeTimeout: CLOSING_HANDSHAKE_MS,
  // Each socket gets one message read in each turn of the event loop: one packet has room for ten thousand of them, and
  // everybody else would wait for the last.
  allowSynchronousEvents: false,
  // `SocketIntake` counts and answers pings.
  autoPong: false,
};

export interface EndpointAdapterOptions {
  admit(request: IncomingMessage, gateway: SessionGateway): Promise<AdmittedSocket>;
  /** Serves the few plain HTTP paths of the gateways' own ports. */
  readonly onRequest: RequestListener;
  /** Told of every server that is opened here. */
  readonly watchers: readonly { watch(server: Server): void }[];
  readonly answers: AnswersInProgress;
  /** With the same limits and the same certificate as the main port. */
  readonly createServer: CreateWebServer;
}

/** The decision that let a socket in; gateways read it in `handleConnection`. */
const admissions = new WeakMap<WebSocket, AdmittedSocket>();

export function admissionOf(webSocket: WebSocket): AdmittedSocket {
  const admission = admissions.get(webSocket);
  if (!admission) throw new Error('the socket did not come through the endpoint adapter');
  return admission;
}

/**
 * Owns the gateways' ports. Each gateway is served on its own port at `/` and at its path, and on the main HTTP port at its
 * path. Whether a socket may open is decided before the 101; a port that is taken is an error and not a log line. Nest's
 * stock adapter does neither (facts: dependencies §2).
 */
export class EndpointAdapter extends AbstractWsAdapter {
  private readonly log = new Logger(EndpointAdapter.name);
  private readonly endpoints = new Map<SessionGateway, WebSocketServer>();
  private readonly servers = new Map<SessionGateway, Server>();
  private pending = 0;

  constructor(
    app: INestApplicationContext,
    private readonly options: EndpointAdapterOptions,
  ) {
    super(app);
  }

  /** Called by Nest once for each gateway class; nothing listens yet. */
  create(_port: number, options: { gateway: SessionGateway }): WebSocketServer {
    const server = new WebSocketServer({
      ...SOCKET_OPTIONS,
      handleProtocols: (offered, request) => chosen.get(request) ?? [...offered][0] ?? false,
    });
    this.endpoints.set(options.gateway, server);
    return server;
  }

  /** Serves both gateways at their paths on the main port. */
  join(main: Server): void {
    main.on('upgrade', (request, socket, head) => {
      const gateway = gatewayAt(request);
      if (gateway) void this.upgrade(gateway, request, socket, head);
      else
        refuse(socket, new UpgradeRefusal(404, ErrorCode.notFound, 'WebSockets are at /ws/terminal and /ws/claude.'));
    });
  }

  /** Opens a gateway's own port and answers which one it is. Rejects when it is taken. */
  async listen(gateway: SessionGateway, place: Place): Promise<number> {
    const { options } = this;
    const server = options.createServer(options.onRequest);
    for (const watcher of options.watchers) watcher.watch(server);
    server.on('upgrade', (request, socket, head) => {
      const path = pathOf(request);
      if (path === '/' || gatewayAt(request) === gateway) void this.upgrade(gateway, request, socket, head);
      else refuse(socket, new UpgradeRefusal(404, ErrorCode.notFound, `The ${gateway} gateway is at / on this port.`));
    });
    const port = await listenOn(server, place);
    this.servers.set(gateway, server);
    return port;
  }

  /** Leaves new connections on the gateways' own ports to those who share them. */
  stopAccepting(): void {
    for (const server of this.servers.values()) stopAccepting(server);
  }

  /** The connection object of a socket reads its messages itself: order and back-pressure are its business. */
  bindMessageHandlers(): void {
    return;
  }

  override bindClientDisconnect(client: WebSocket, callback: () => void): void {
    client.once('close', callback);
  }

  /** After `Connections.left` has closed every socket: resolves when they are closed, also those that do not answer. */
  async left(): Promise<void> {
    await Promise.all([...this.endpoints.values()].map(clientsLeft));
  }

  /** Called by Nest for each gateway at shutdown. */
  override async close(server: WebSocketServer): Promise<void> {
    await clientsLeft(server);
    server.close();
  }

  override async dispose(): Promise<void> {
    await Promise.all([...this.servers.values()].map(closeServer));
  }

  private async upgrade(
    gateway: SessionGateway,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    // Without a listener, a reset during the decision would end the process.
    const onError = (): void => void socket.destroy();
    socket.on('error', onError);
    const endpoint = this.endpoints.get(gateway);
    if (!endpoint || this.pending >= MAX_PENDING_UPGRADES) {
      return refuse(
        socket,
        new UpgradeRefusal(503, ErrorCode.tooManyConnections, 'Too many connections are being opened.', 1),
      );
    }
    this.pending++;
    try {
      const admission = await withTimeout(this.options.admit(request, gateway));
      if (socket.destroyed) return;
      socket.off('error', onError);
      chosen.set(request, admission.protocol);
      endpoint.handleUpgrade(request, socket, head, (webSocket) => {
        admissions.set(webSocket, admission);
        endpoint.emit('connection', webSocket, request);
      });
    } catch (error) {
      if (error instanceof UpgradeRefusal) return refuse(socket, error);
      // A ticket of the database, which is away: that is no news in the log for each of them.
      if (!isDatabaseUnavailable(error)) this.log.error(error);
      refuse(
        socket,
        new UpgradeRefusal(503, ErrorCode.unavailable, 'The credential could not be checked now; try again.', 1),
      );
    } finally {
      this.pending--;
      this.options.answers.arrived(socket);
    }
  }
}

/** Which subprotocol the answer selects; never the one that carries a token. */
const chosen = new WeakMap<IncomingMessage, string>();

function gatewayAt(request: IncomingMessage): SessionGateway | undefined {
  switch (pathOf(request)) {
    case '/ws/terminal':
      return 'terminal';
    case '/ws/claude':
      return 'claude';
    default:
      return undefined;
  }
}

function pathOf({ url = '/' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

function refuse(socket: Duplex, { status, code, message, retryAfterSeconds, details }: UpgradeRefusal): void {
  if (socket.destroyed) return;
  const body = JSON.stringify({ code, message, details });
  const headers = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(status === 401 ? ['WWW-Authenticate: Bearer'] : []),
    ...(retryAfterSeconds === undefined ? [] : [`Retry-After: ${retryAfterSeconds}`]),
  ];
  socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
  setTimeout(() => socket.destroy(), REFUSAL_TIMEOUT_MS).unref();
}

function withTimeout(admission: Promise<AdmittedSocket>): Promise<AdmittedSocket> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () =>
        reject(
          new UpgradeRefusal(503, ErrorCode.unavailable, 'The credential could not be checked in time; try again.', 1),
        ),
      UPGRADE_TIMEOUT_MS,
    );
    admission.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

async function clientsLeft({ clients }: WebSocketServer): Promise<void> {
  const closed = [...clients].map((client) => new Promise<void>((resolve) => client.once('close', () => resolve())));
  const timer = setTimeout(() => {
    for (const client of clients) client.terminate();
  }, CLOSE_TIMEOUT_MS);
  await Promise.all(closed);
  clearTimeout(timer);
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (server.listening) server.close(() => resolve());
    else resolve();
    server.closeAllConnections();
  });
}
