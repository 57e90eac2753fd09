import {
  decodeFrame,
  encodeFrame,
  FrameType,
  parseClientMessage,
  type OpenRequest,
  type ServerEvents,
} from '@holdfast/protocol';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { WebSocketServer, type WebSocket } from 'ws';
import { EchoSession } from './echo-session';

const ROOT = path.resolve(__dirname, '../..');

export const CONSOLE_POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; " +
  "connect-src 'self' ws: wss:; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

interface Channel {
  readonly session: EchoSession;
  readonly writerId: string;
  readonly role: 'writer' | 'viewer';
  visible: boolean;
  sent: number;
  unsubscribe(): void;
}

type Answer = { readonly status: number; readonly body?: unknown };

/** Enough of a Holdfast server for the console alone: REST in memory, and scripted terminals over `holdfast.v1`. */
export class FakeConsoleServer {
  readonly admin = { email: 'admin@example.test', password: 'correct horse battery' };
  readonly sessions = new Map<string, EchoSession>();
  /** Refresh tokens that were used twice: the console must never do that. */
  reused = 0;
  expiresIn = 900;
  private readonly names = new Map<string, string>();
  private readonly projects = [{ id: 'default', name: 'Default', role: 'owner' }];
  private readonly created = new Map<string, string>();
  private readonly access = new Set<string>();
  private readonly refresh = new Map<string, 'fresh' | 'used'>();
  private readonly tickets = new Set<string>();
  private readonly inputEnd = new Map<string, number>();
  private readonly sockets = new Map<WebSocket, Map<number, Channel>>();
  private readonly server = http.createServer((request, response) => void this.serve(request, response));
  private readonly wss = new WebSocketServer({ noServer: true });
  private static built: string | undefined;

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async start(port = 0): Promise<void> {
    FakeConsoleServer.built ??= buildOnce();
    this.server.on('upgrade', (request, socket, head) => {
      const url = new URL(request.url ?? '', 'http://fake');
      const ticket = url.searchParams.get('ticket') ?? '';
      if (url.pathname !== '/ws/terminal' || !this.tickets.delete(ticket))
        return void socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
      this.wss.handleUpgrade(request, socket, head, (ws) => this.connect(ws));
    });
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    for (const ws of this.sockets.keys()) ws.terminate();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  cutSockets(): void {
    for (const ws of this.sockets.keys()) ws.terminate();
  }

  private async serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    response.setHeader('content-security-policy', CONSOLE_POLICY);
    if (!url.pathname.startsWith('/api/')) return this.file(url.pathname, response);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Record<string, string>;
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    const { status, body: answer } = this.route(`${request.method} ${url.pathname}`, body, token, url);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(answer === undefined ? '' : JSON.stringify(answer));
  }

  private file(pathname: string, response: http.ServerResponse): void {
    const file = path.join(
      FakeConsoleServer.built as string,
      pathname === '/' ? 'index.html' : path.normalize(pathname),
    );
    if (!fs.existsSync(file)) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[path.extname(file)] ?? 'text/plain' });
    response.end(fs.readFileSync(file));
  }

  private route(route: string, body: Record<string, string>, token: string, url: URL): Answer {
    if (route === 'POST /api/auth/login') {
      const right = body.email === this.admin.email && body.password === this.admin.password;
      return right
        ? { status: 200, body: this.login() }
        : refusal(401, 'bad_credentials', 'Email or password is wrong.');
    }
    if (route === 'POST /api/auth/refresh') return this.rotate(body.refreshToken ?? '');
    if (!this.access.has(token)) return refusal(401, 'unauthenticated', 'Sign in first.');
    const id = decodeURIComponent(url.pathname.split('/')[3] ?? '');
    switch (route.replace(/(\/api\/sessions\/).+/, '$1:id')) {
      case 'POST /api/auth/logout':
        this.access.delete(token);
        return { status: 204 };
      case 'POST /api/auth/ws-ticket': {
        const ticket = randomUUID();
        this.tickets.add(ticket);
        return { status: 201, body: { ticket, expiresIn: 30 } };
      }
      case 'GET /api/projects':
        return { status: 200, body: { items: this.projects, nextCursor: null } };
      case 'POST /api/projects': {
        const project = { id: randomUUID(), name: body.name as string, role: 'owner' };
        this.projects.push(project);
        return { status: 201, body: project };
      }
      case 'GET /api/sessions':
        return { status: 200, body: { items: this.list(url.searchParams.get('projectId')), nextCursor: null } };
      case 'PATCH /api/sessions/:id':
        this.names.set(id, body.name as string);
        return { status: 200, body: {} };
      case 'DELETE /api/sessions/:id':
        this.sessions.get(id)?.end(143);
        return { status: 204 };
      default:
        return refusal(404, 'not_found', `There is no ${route}.`);
    }
  }

  private login(): object {
    const accessToken = randomUUID();
    const refreshToken = randomUUID();
    this.access.add(accessToken);
    this.refresh.set(refreshToken, 'fresh');
    return {
      accessToken,
      refreshToken,
      expiresIn: this.expiresIn,
      user: { id: 'u1', email: this.admin.email, role: 'admin' },
    };
  }

  private rotate(token: string): Answer {
    const known = this.refresh.get(token);
    if (known === 'used') {
      this.reused++;
      this.refresh.clear();
    }
    if (known !== 'fresh') return refusal(401, 'unauthenticated', 'Sign in again.');
    this.refresh.set(token, 'used');
    return { status: 200, body: this.login() };
  }

  private list(projectId: string | null): object[] {
    const mine = [...this.sessions.values()].filter((session) => session.projectId === projectId);
    return mine.map((session) => ({
      ...{
        id: session.id,
        projectId,
        title: session.title,
        cols: session.cols,
        rows: session.rows,
        gateway: 'terminal',
      },
      name: this.names.get(session.id) ?? null,
      status: session.exited ? 'ended' : 'running',
      exitCode: session.exited?.exitCode ?? null,
      signal: null,
      createdAt: this.created.get(session.id),
      lastActivityAt: session.lastActivityAt,
      attachments: this.attached(session).length,
    }));
  }

  private connect(ws: WebSocket): void {
    const channels = new Map<number, Channel>();
    this.sockets.set(ws, channels);
    ws.on('close', () => {
      this.sockets.delete(ws);
      for (const channel of channels.values()) this.leave(channel);
    });
    ws.on('message', (data: Buffer, binary) =>
      binary ? this.frame(ws, channels, data) : this.event(ws, channels, data.toString()),
    );
    send(ws, 'welcome', {
      ...{
        protocol: 1,
        server: 'fake',
        node: 'fake',
        heartbeatMs: 30_000,
        user: { id: 'u1', email: this.admin.email },
      },
      limits: { maxFrameBytes: 65_536, windowBytes: 262_144, maxChannels: 256 },
    });
  }

  private event(ws: WebSocket, channels: Map<number, Channel>, text: string): void {
    const parsed = parseClientMessage(text);
    if (!parsed.ok) return send(ws, 'error', { code: 'bad_frame', message: parsed.reason, retryable: false });
    const { event, data } = parsed.message;
    if (event === 'ping') return send(ws, 'pong', { t: data.t });
    if (event === 'open') return this.open(ws, channels, data);
    if (event === 'auth.renew') return;
    const channel = channels.get(data.channel);
    if (!channel) return;
    if (event === 'resize') {
      channel.session.cols = data.cols;
      channel.session.rows = data.rows;
      channel.session.sizeOwner = channel.writerId;
      this.announceSize(channel.session);
    } else if (event === 'visibility') {
      channel.visible = data.visible;
      this.flush(ws, data.channel, channel);
    } else if (event === 'detach') {
      this.leave(channel);
      channels.delete(data.channel);
      send(ws, 'detached', { channel: data.channel });
    } else if (event === 'terminate') channel.session.end(143);
  }

  private open(ws: WebSocket, channels: Map<number, Channel>, request: OpenRequest): void {
    const id = request.sessionId || `session_${Date.now()}_${randomUUID().slice(0, 8)}`;
    let session = this.sessions.get(id);
    const created = session === undefined;
    session ??= this.create(id, request);
    const exact = request.offset !== undefined;
    const sent = exact ? (request.offset as number) : created ? 0 : session.output.length;
    const channel: Channel = {
      session,
      writerId: request.writerId,
      role: request.role ?? 'writer',
      visible: true,
      sent,
      unsubscribe: () => undefined,
    };
    channels.set(request.channel, channel);
    send(ws, 'opened', {
      ...{
        channel: request.channel,
        sessionId: id,
        projectId: session.projectId,
        epoch: 'e1',
        created,
        reused: !created,
      },
      ...{
        resume: created ? 'fresh' : exact ? 'exact' : 'snapshot',
        offset: sent,
        cols: session.cols,
        rows: session.rows,
      },
      ...{
        inputOffset: this.inputEnd.get(request.writerId) ?? 0,
        role: channel.role,
        sizeOwner: session.sizeOwner,
        title: session.title,
      },
    });
    if (!created && !exact) ws.send(encodeFrame(FrameType.snapshot, request.channel, sent, session.output));
    const unsubscribe = session.subscribe((bytes) => {
      if (channel.visible) return this.flush(ws, request.channel, channel);
      const state = bytes.includes(7) ? 'bell' : 'output';
      send(ws, 'activity', {
        channel: request.channel,
        state,
        unreadBytes: channel.session.output.length - channel.sent,
      });
    });
    channel.unsubscribe = unsubscribe;
    this.flush(ws, request.channel, channel);
    if (session.exited) this.announceExit(session);
  }

  private create(id: string, request: OpenRequest): EchoSession {
    const session: EchoSession = new EchoSession(
      id,
      request.projectId,
      request,
      request.writerId,
      () => this.each(session, (ws, n) => send(ws, 'title', { channel: n, title: session.title })),
      () => this.announceExit(session),
    );
    this.sessions.set(id, session);
    this.created.set(id, new Date().toISOString());
    return session;
  }

  private frame(ws: WebSocket, channels: Map<number, Channel>, data: Buffer): void {
    const frame = decodeFrame(data);
    const channel = frame && channels.get(frame.channel);
    if (!frame || !channel || frame.type !== FrameType.data) return;
    const end = this.inputEnd.get(channel.writerId) ?? 0;
    const fresh = frame.payload.subarray(Math.max(0, end - frame.offset));
    this.inputEnd.set(channel.writerId, end + fresh.length);
    if (channel.session.sizeOwner !== channel.writerId) {
      channel.session.sizeOwner = channel.writerId;
      this.announceSize(channel.session);
    }
    channel.session.input(Buffer.from(fresh));
    ws.send(encodeFrame(FrameType.ack, frame.channel, end + fresh.length));
  }

  private flush(ws: WebSocket, number: number, channel: Channel): void {
    const { output } = channel.session;
    if (!channel.visible || channel.sent >= output.length) return;
    ws.send(encodeFrame(FrameType.data, number, channel.sent, output.subarray(channel.sent)));
    channel.sent = output.length;
  }

  private leave(channel: Channel): void {
    channel.unsubscribe();
    if (channel.session.sizeOwner === channel.writerId) channel.session.sizeOwner = null;
  }

  private announceSize(session: EchoSession): void {
    const { cols, rows, sizeOwner: owner } = session;
    this.each(session, (ws, channel) =>
      send(ws, 'resized', { channel, cols, rows, owner, offset: session.output.length }),
    );
  }

  private announceExit(session: EchoSession): void {
    const exitCode = session.exited?.exitCode ?? 0;
    this.each(session, (ws, channel) =>
      send(ws, 'exited', { channel, exitCode, signal: null, offset: session.output.length }),
    );
  }

  private each(session: EchoSession, run: (ws: WebSocket, channel: number) => void): void {
    for (const [ws, number] of this.attached(session)) run(ws, number);
  }

  private attached(session: EchoSession): [WebSocket, number][] {
    return [...this.sockets].flatMap(([ws, channels]) =>
      [...channels]
        .filter(([, channel]) => channel.session === session)
        .map(([number]): [WebSocket, number] => [ws, number]),
    );
  }
}

function send<E extends keyof ServerEvents>(ws: WebSocket, event: E, data: ServerEvents[E]): void {
  ws.send(JSON.stringify({ event, data }));
}

function refusal(statusCode: number, code: string, message: string): Answer {
  return { status: statusCode, body: { statusCode, code, message, requestId: 'fake' } };
}

function buildOnce(): string {
  const out = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-console-'));
  execFileSync(process.execPath, [path.join(ROOT, 'packages/console/build.mjs'), out], { stdio: 'inherit' });
  process.on('exit', () => fs.rmSync(out, { recursive: true, force: true }));
  return out;
}
