import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Client } from 'pg';
import type { Disposable } from '../../kernel/disposables';
import { TypedEvents } from '../../kernel/typed-events';
import { errorMessage } from '../startup-error';
import { ControlBus, type ControlMessage } from './control-bus';

const CHANNEL = 'holdfast_control';
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5000;
/** Announcements kept while the connection is away; beyond that the oldest go, as `onReconnected` covers for them. */
const MAX_UNSENT = 1000;
/** A half-open connection would stay deaf for hours; asking something finds out. */
const PROBE_INTERVAL_MS = 10_000;
const PROBE_TIMEOUT_MS = 5000;

interface Envelope extends ControlMessage {
  /** The node that sent it, which does not want it back. */
  readonly from: string;
}

/** {@link ControlBus} over LISTEN/NOTIFY, on a connection of its own because a pooled one cannot listen. */
export class PostgresControlBus extends ControlBus implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(PostgresControlBus.name);
  private readonly events = new TypedEvents<{ message: ControlMessage; reconnected: undefined }>();
  /** The newest connection, from its first attempt until it is lost. */
  private current: Client | undefined;
  private listening = false;
  private timer: NodeJS.Timeout | undefined;
  private unsent: string[] = [];
  private retryMs = FIRST_RETRY_MS;
  private closed = false;

  constructor(
    private readonly url: string,
    private readonly instanceId: string,
  ) {
    super();
  }

  async onModuleInit(): Promise<void> {
    await this.connect();
  }

  async onApplicationShutdown(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.current?.end().catch(() => undefined);
  }

  publish({ topic, payload }: ControlMessage): void {
    this.unsent.push(JSON.stringify({ from: this.instanceId, topic, payload } satisfies Envelope));
    if (this.unsent.length > MAX_UNSENT) this.unsent.shift();
    this.flush();
  }

  onMessage(listener: (message: ControlMessage) => void): Disposable {
    return this.events.on('message', listener);
  }

  onReconnected(listener: () => void): Disposable {
    return this.events.on('reconnected', listener);
  }

  get hears(): boolean {
    return this.listening;
  }

  private async connect(): Promise<void> {
    const client = new Client({
      connectionString: this.url,
      application_name: 'holdfast-control',
      connectionTimeoutMillis: PROBE_TIMEOUT_MS,
      query_timeout: PROBE_TIMEOUT_MS,
    });
    this.current = client;
    client.on('error', (error) => this.lost(client, error));
    client.on('end', () => this.lost(client));
    client.on('notification', ({ payload }) => this.receive(payload));
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    } catch (error) {
      this.lost(client, error);
      return;
    }
    this.listening = true;
    this.retryMs = FIRST_RETRY_MS;
    this.scheduleProbe(client);
    this.flush();
  }

  /** Acts once for each connection, whatever reports its end first. */
  private lost(client: Client, error?: unknown): void {
    if (client !== this.current) return;
    this.current = undefined;
    this.listening = false;
    void client.end().catch(() => undefined);
    if (this.closed) return;
    this.logger.warn(`The control connection is away (${error ? errorMessage(error) : 'ended'}); trying again.`);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.reconnect(), this.retryMs).unref();
    this.retryMs = Math.min(this.retryMs * 2, MAX_RETRY_MS);
  }

  private async reconnect(): Promise<void> {
    await this.connect();
    if (this.listening) this.events.emit('reconnected', undefined);
  }

  private scheduleProbe(client: Client): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      client.query('SELECT 1').then(
        () => client === this.current && this.scheduleProbe(client),
        (error: unknown) => this.lost(client, error),
      );
    }, PROBE_INTERVAL_MS).unref();
  }

  private flush(): void {
    const client = this.current;
    if (!client || !this.listening || this.unsent.length === 0) return;
    const batch = this.unsent;
    this.unsent = [];
    client
      .query('SELECT pg_notify($1, message) FROM unnest($2::text[]) AS message', [CHANNEL, batch])
      .catch((error: unknown) => {
        this.unsent = [...batch, ...this.unsent].slice(-MAX_UNSENT);
        this.lost(client, error);
      });
  }

  private receive(payload: string | undefined): void {
    const envelope = parseEnvelope(payload);
    if (envelope && envelope.from !== this.instanceId) this.events.emit('message', envelope);
  }
}

/** Whoever can reach the database can notify; nonsense is ignored. */
function parseEnvelope(payload: string | undefined): Envelope | undefined {
  try {
    const value: unknown = JSON.parse(payload ?? '');
    return isEnvelope(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEnvelope(value: unknown): value is Envelope {
  return (
    typeof value === 'object' &&
    value !== null &&
    'from' in value &&
    'topic' in value &&
    typeof value.from === 'string' &&
    typeof value.topic === 'string'
  );
}
