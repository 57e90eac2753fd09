import type { HostSession } from '../pty-host/wire/host-messages';
import { SessionEntity, type SessionGateway } from './session.entity';

const GATEWAYS: readonly string[] = ['terminal', 'claude'] satisfies SessionGateway[];

/**
 * A session as the PTY host knows it, for while the database is away. Without its labels – it was made by an older gateway –
 * nobody can say whose it is.
 */
export function sessionFromHost(host: HostSession, hostId: string): SessionEntity | undefined {
  const { sessionId: storageKey, labels, exit } = host;
  const colon = storageKey.indexOf(':');
  if (!labels || colon < 0 || !isGateway(labels.gateway)) return undefined;
  const createdAt = new Date(host.createdAt);
  return Object.assign(new SessionEntity(), {
    storageKey,
    id: storageKey.slice(0, colon),
    projectId: storageKey.slice(colon + 1),
    ownerId: labels.ownerId,
    gateway: labels.gateway,
    profile: labels.profile,
    title: host.title,
    name: null,
    status: exit ? ('ended' as const) : ('running' as const),
    endReason: exit?.reason ?? null,
    exitCode: exit?.exitCode ?? null,
    signal: exit?.signal ?? null,
    cols: host.cols,
    rows: host.rows,
    epoch: host.epoch,
    hostId,
    hostIncarnation: host.incarnation,
    keep: false,
    createdAt,
    updatedAt: createdAt,
    lastActivityAt: new Date(host.lastOutputAt || host.createdAt),
    endedAt: null,
    version: 0,
  });
}

function isGateway(name: string): name is SessionGateway {
  return GATEWAYS.includes(name);
}
