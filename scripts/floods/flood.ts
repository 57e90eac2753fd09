/** Where a flood goes, and as whom. */
export interface FloodTarget {
  readonly baseUrl: string;
  readonly http: number;
  readonly terminal: number;
  readonly token: string;
}

/** What one user can do to a server, by name. */
export const FLOODS = {
  events: 'text events on 20 sockets, opened again whenever they are closed',
  frames: 'the smallest binary frames on 20 sockets',
  input: '64 KiB frames of input into 5 terminals',
  pings: 'WebSocket pings on 20 sockets, opened again whenever they are closed',
  output: '`yes` in 4 terminals that are read',
  unread: '`yes` in 4 terminals that are not read',
  requests: 'REST requests on 50 connections',
  pipelines: 'two thousand requests in one packet, on 10 connections',
  logins: 'logins with wrong passwords on 20 connections',
  upgrades: 'WebSockets without a good credential on 50 connections',
} as const;

export type FloodName = keyof typeof FLOODS;

export function isFlood(name: string): name is FloodName {
  return Object.hasOwn(FLOODS, name);
}
