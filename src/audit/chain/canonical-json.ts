/**
 * The one JSON text of a value: keys in order, nothing in between. It is the same again when the value has been through JSON, or
 * through a `jsonb` column, which keeps no order.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const fields = new Map<string, unknown>(Object.entries(value));
  const keys = [...fields.keys()].filter((key) => fields.get(key) !== undefined).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(fields.get(key))}`).join(',')}}`;
}
