/** How terminals of this server are confined; provided by whoever decides it. */
export abstract class LauncherHealth {
  /** `undefined`: not decided yet. */
  abstract check(): { readonly ok: boolean; readonly details: Record<string, unknown> } | undefined;
}
