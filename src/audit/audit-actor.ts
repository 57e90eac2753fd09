import type { Principal } from '../auth/principal';
import type { AuditActor } from './audit-log';

/** Who calls, as events name them. */
export function actorOf(principal: Principal | undefined): AuditActor | undefined {
  if (!principal) return undefined;
  const { userId, email, role, loginId } = principal;
  return { userId, email, role, loginId };
}
