import type { Config } from '../../config/environment';
import type { Rate } from './token-bucket';

interface Kind {
  readonly by: 'address' | 'user' | 'account' | 'server';
  readonly meaning: string;
  /** Nothing was refused or lost: a large paste is no offence. */
  readonly isOnlyHeldBack?: true;
}

/** What is counted in buckets that {@link RateLimits} keeps, and by whom. */
export const RATE_KINDS = {
  'http-address': { by: 'address', meaning: 'REST requests without a valid access token, by address' },
  'http-user': { by: 'user', meaning: 'REST requests with one, by user' },
  'probe-address': { by: 'address', meaning: 'requests for /health, /metrics and /stats, by address' },
  'upgrade-address': { by: 'address', meaning: 'WebSockets that were not let in, by address' },
  'upgrade-user': { by: 'user', meaning: 'WebSockets opened, by user' },
  'login-address': { by: 'address', meaning: 'logins with a wrong password, by address' },
  'input-bytes': {
    by: 'user',
    meaning: 'input that was held back because of its bytes, by user',
    isOnlyHeldBack: true,
  },
  'input-frames': {
    by: 'user',
    meaning: 'input that was held back because of its frames, by user',
    isOnlyHeldBack: true,
  },
  'input-events': { by: 'user', meaning: 'sockets closed because of their events or pings, by user' },
  'suggestions-user': { by: 'user', meaning: 'command suggestions asked for, by user' },
} as const satisfies Readonly<Record<string, Kind>>;

export type RateKind = keyof typeof RATE_KINDS;

/** What others count by themselves and report here. */
export const NOTED_KINDS = {
  'login-account': { by: 'account', meaning: 'logins into a locked account' },
  'tcp-total': { by: 'server', meaning: 'open TCP connections of this process' },
  'tcp-address': { by: 'address', meaning: 'open TCP connections, by address' },
  'sockets-total': { by: 'server', meaning: 'open WebSockets of this process' },
  'sockets-user': { by: 'user', meaning: 'open WebSockets, by user' },
  'sockets-address': { by: 'address', meaning: 'open WebSockets, by address' },
  'unread-output': { by: 'user', meaning: 'input of clients that do not read, by user', isOnlyHeldBack: true },
} as const satisfies Readonly<Record<string, Kind>>;

export type LimitKind = RateKind | keyof typeof NOTED_KINDS;

export const KINDS: Readonly<Record<LimitKind, Kind>> = { ...RATE_KINDS, ...NOTED_KINDS };

/** At once may come what would otherwise come in so many seconds: five hundred clients whose server was just restarted. */
const HERD_SECONDS = 20;
/** People mistype a few times, then think. */
const LOGIN_BURST_MINUTES = 2;
/** Load balancers ask several times a second; nobody needs more. */
const PROBES = { perSecond: 50, burst: 500 };
/** What the sockets of one user send together: so many times what one of them may send for long. */
const BUSY_SOCKETS = 8;
const USER_BURST_SECONDS = 4;
const USER_FRAMES = { perSecond: 24_000, burst: 48_000 };
/** Five hundred tabs that come back with a handful of terminals each. */
const USER_EVENTS = { perSecond: 1_000, burst: 20_000 };
/** Somebody who tries one after another, then thinks. */
const SUGGESTIONS = { perSecond: 1 / 3, burst: 10 };

export function ratesOf({ rateLimits, webSocket }: Config): Readonly<Record<RateKind, Rate>> {
  const { requestsPerAddress, requestsPerUser, upgradesPerAddress, upgradesPerUser, loginsPerAddress } = rateLimits;
  return {
    'http-address': herd(requestsPerAddress),
    'http-user': herd(requestsPerUser),
    'probe-address': PROBES,
    'upgrade-address': herd(upgradesPerAddress),
    'upgrade-user': herd(upgradesPerUser),
    'login-address': { perSecond: loginsPerAddress / 60, burst: loginsPerAddress * LOGIN_BURST_MINUTES },
    'input-bytes': userBytes(webSocket.inputBytesPerSecond * BUSY_SOCKETS),
    'input-frames': USER_FRAMES,
    'input-events': USER_EVENTS,
    'suggestions-user': SUGGESTIONS,
  };
}

function userBytes(perSecond: number): Rate {
  return { perSecond, burst: perSecond * USER_BURST_SECONDS };
}

function herd(perSecond: number): Rate {
  return { perSecond, burst: perSecond * HERD_SECONDS };
}
