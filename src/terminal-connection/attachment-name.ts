import type { Principal } from '../auth/principal';
import type { AttachmentName } from '../pty-host/wire/host-messages';
import type { SessionRights } from '../sessions/session-rights';
import type { AudienceLabel } from '../sharing/company-message';

/** By which the other gateways know whose attachment this is. */
export function attachmentName(id: string, { userId, email }: Principal, rights: SessionRights): AttachmentName {
  const watches = rights.guest?.access === 'watch';
  const label: AudienceLabel = { user: { id: userId, email }, manages: rights.manages, watches };
  return { id, label: JSON.stringify(label) };
}
