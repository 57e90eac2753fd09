import { newSessionId } from './random-ids';

/** The name that `open` asks for. */
export type SessionName =
  /** The application's choice. */
  | { readonly kind: 'wanted'; readonly id: string }
  /** Chosen here, so that a repeated `open` starts one process. */
  | { readonly kind: 'invented'; readonly id: string }
  /** This server wants to name its sessions itself. */
  | { readonly kind: 'left-to-server'; readonly id: undefined }
  /** The server said so. */
  | { readonly kind: 'known'; readonly id: string };

/** The name to begin with. An empty one is none. */
export function firstName(wanted: string | undefined, now: number): SessionName {
  return wanted ? { kind: 'wanted', id: wanted } : { kind: 'invented', id: newSessionId(now) };
}
