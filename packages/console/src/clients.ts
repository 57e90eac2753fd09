import { createClient, type Client, type ClientEvents, type Subscription } from '@holdfast/client';
import type { Api } from './api';
import type { Gateway } from './session-label';

/** One connection for each kind of session; that of Claude sessions is made when the first one is opened. */
export class Clients {
  private readonly byGateway: Readonly<Record<Gateway, Client>>;

  constructor(api: Api) {
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const make = (gateway: Gateway): Client =>
      createClient({
        url: `${scheme}//${location.host}/ws/${gateway}`,
        credentials: { ticket: () => api.ticket(gateway) },
      });
    this.byGateway = { terminal: make('terminal'), claude: make('claude') };
  }

  of(gateway: Gateway): Client {
    return this.byGateway[gateway];
  }

  get all(): readonly Client[] {
    return Object.values(this.byGateway);
  }

  /** Those that are used: the one in the worst state first. */
  get worst(): Client {
    const [first, ...others] = this.all as readonly [Client, ...Client[]];
    return others.reduce((worst, client) => (rank(client) > rank(worst) ? client : worst), first);
  }

  on<K extends keyof ClientEvents>(
    event: K,
    listener: (payload: ClientEvents[K], client: Client) => void,
  ): Subscription {
    const subscriptions = this.all.map((client) => client.on(event, (payload) => listener(payload, client)));
    return { dispose: () => subscriptions.forEach((subscription) => subscription.dispose()) };
  }

  retryNow(): void {
    for (const client of this.all) client.retryNow();
  }

  close(): void {
    for (const client of this.all) void client.close();
  }
}

const RANKS = ['idle', 'online', 'connecting', 'waiting', 'broken', 'closed'] as const;

function rank({ state }: Client): number {
  return RANKS.indexOf(state.name);
}
