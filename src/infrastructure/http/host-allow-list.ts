/** The host name of a Host header in lower case, without the port; undefined when it is none. */
export function hostNameOf(header: string | undefined): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/.exec(header?.toLowerCase() ?? '')?.[1];
}

/**
 * Whether a request names a host this server answers for. A page of another site that points its own name at our
 * address (DNS rebinding) is told apart by exactly this.
 */
export function isAllowedHost(header: string | undefined, allowedHosts: readonly string[]): boolean {
  const name = hostNameOf(header);
  return name !== undefined && allowedHosts.includes(name);
}

/** An address instead of a name; no name was resolved, so nothing can have been rebound. */
export function isAddress(header: string | undefined): boolean {
  const name = hostNameOf(header);
  return name !== undefined && /^(\[.*\]|\d{1,3}(\.\d{1,3}){3})$/.test(name);
}
