import type { JsonSchema, OpenApiDocument } from './open-api-document';

/** Where a value is not what its schema says; as much of JSON Schema as our documents use. */
export function problems(value: unknown, schema: JsonSchema, document: OpenApiDocument, at = '$'): string[] {
  if (schema.$ref !== undefined) {
    const referred = document.components.schemas[schema.$ref.split('/').at(-1) ?? ''];
    return referred ? problems(value, referred, document, at) : [`${at}: ${schema.$ref} is nowhere`];
  }
  if (value === null && schema.nullable) return [];
  const options = schema.anyOf ?? schema.oneOf;
  if (options) {
    const fits = options.some((option) => problems(value, option, document, at).length === 0);
    return fits ? [] : [`${at}: fits none of ${options.length}`];
  }
  if (schema.enum && !schema.enum.includes(value)) return [`${at}: ${JSON.stringify(value)} is not in the list`];
  if (schema.type === undefined) return [];
  if (!hasType(value, schema.type)) return [`${at}: is not ${schema.type}`];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => problems(item, schema.items ?? {}, document, `${at}[${index}]`));
  }
  return typeof value === 'object' && value !== null ? inObject({ ...value }, schema, document, at) : [];
}

function inObject(
  value: Readonly<Record<string, unknown>>,
  { properties = {}, required = [], additionalProperties }: JsonSchema,
  document: OpenApiDocument,
  at: string,
): string[] {
  const missing = required.filter((name) => !(name in value)).map((name) => `${at}.${name}: is missing`);
  const wrong = Object.entries(value).flatMap(([name, inner]) => {
    const schema = properties[name];
    if (schema) return problems(inner, schema, document, `${at}.${name}`);
    return additionalProperties === false ? [`${at}.${name}: is not documented`] : [];
  });
  return [...missing, ...wrong];
}

function hasType(value: unknown, type: string): boolean {
  switch (type) {
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}
