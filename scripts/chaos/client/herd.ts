/** A herd of clients in one process: every one of them on the SDK as it is shipped, and checked to the last byte. */
import { createClient, fromWs, type Client } from '@holdfast/client';
import { monotonicMs } from './messages';
import { OutputCheck } from './output-check';
import { Sockets } from './sockets';

export interface HerdStart {
  readonly webSocketUrl: string;
  readonly token: string;
  readonly clients: number;
  /** Typed into one terminal each; the clients are spread over them. */
  readonly commands: readonly string[];
}

export interface HerdStatus {
  /** Clients whose terminal is open and has shown something. */
  readonly online: number;
  readonly ended: number;
  readonly refused: number;
}

export interface HerdMember {
  /** Monotonic milliseconds of its latest `opened`. */
  readonly openedAt: number;
  readonly terminal: number;
  readonly sha256: string;
  readonly bytes: number;
  readonly doubledBytes: number;
  readonly missingLines: number;
  readonly connections: number;
  readonly problem: string | undefined;
}

class Member {
  openedAt = 0;
  connections = 0;
  problem: string | undefined;
  readonly output = new OutputCheck('e', () => undefined);
  readonly client: Client;

  constructor(start: HerdStart, sockets: Sockets) {
    this.client = createClient({
      url: start.webSocketUrl,
      credentials: { token: () => Promise.resolve(start.token) },
      createWebSocket: fromWs(sockets.WebSocket),
    });
    this.client.on('welcome', () => this.connections++);
  }

  async join(from?: {
    readonly sessionId: string;
    readonly epoch: string;
  }): Promise<{ sessionId: string; epoch: string }> {
    const terminal = this.client.open({
      projectId: 'default',
      cols: 80,
      rows: 24,
      // Everything from the first byte on, so that everybody has the same to hash.
      ...(from && { sessionId: from.sessionId, role: 'viewer' as const, resumeFrom: { epoch: from.epoch, offset: 0 } }),
    });
    terminal.on('opened', () => (this.openedAt = monotonicMs()));
    terminal.on('snapshot', ({ resume }) => (this.problem ??= `a snapshot (${resume}) interrupted the stream`));
    terminal.onData((bytes, ack) => {
      this.output.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
      ack();
    });
    const { sessionId, epoch } = await terminal.ready;
    if (!from) this.type = (text) => void terminal.write(text);
    return { sessionId, epoch };
  }

  type: (text: string) => void = () => undefined;

  get online(): boolean {
    return this.client.state.name === 'online' && this.output.begun;
  }
}

export class Herd {
  private readonly sockets = new Sockets();
  private readonly members: Member[];

  constructor(private readonly start: HerdStart) {
    this.members = Array.from({ length: start.clients }, () => new Member(start, this.sockets));
  }

  async gather(): Promise<void> {
    const { commands } = this.start;
    const leaders = this.members.slice(0, commands.length);
    const sessions = await Promise.all(leaders.map((leader) => leader.join()));
    leaders.forEach((leader, index) => leader.type(commands[index] as string));
    for (const [index, member] of this.members.entries()) {
      if (index >= commands.length) await member.join(sessions[index % commands.length]);
    }
  }

  status(): HerdStatus {
    return {
      online: this.members.filter(({ online }) => online).length,
      ended: this.members.filter(({ output }) => output.ended).length,
      refused: this.sockets.refused,
    };
  }

  report(): HerdMember[] {
    return this.members.map(({ openedAt, output, connections, problem }, index) => ({
      openedAt,
      terminal: index % this.start.commands.length,
      sha256: output.digest(),
      bytes: output.bytes,
      doubledBytes: output.doubledBytes,
      missingLines: output.missingLines,
      connections,
      problem,
    }));
  }
}
