/** Numbers about sessions for `GET /stats/sessions`. */
export abstract class SessionStats {
  abstract snapshot(): Promise<Record<string, unknown>>;
}
