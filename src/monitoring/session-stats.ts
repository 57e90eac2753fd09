/** Numbers about sessions for `GET /stats/sessions`; provided by whoever has them. */
export abstract class SessionStats {
  abstract snapshot(): Promise<Record<string, unknown>>;
}
