import type { TestServer } from '../server';

export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly nullable?: boolean;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

export interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly schema?: JsonSchema;
}

export interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
  readonly 'x-public'?: boolean;
  readonly 'x-roles'?: readonly string[];
}

export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

/** An operation of the document, under the name it has in the table of routes. */
export interface NamedOperation {
  /** `GET /api/projects/:id` */
  readonly route: string;
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

export async function fetchDocument(server: TestServer): Promise<OpenApiDocument> {
  return (await (await fetch(`${server.baseUrl}/docs-json`)).json()) as OpenApiDocument;
}

export function operationsOf({ paths }: OpenApiDocument): NamedOperation[] {
  return Object.entries(paths).flatMap(([template, operations]) =>
    Object.entries(operations).map(([verb, operation]) => {
      const [method, path] = [verb.toUpperCase(), template.replace(/\{(\w+)\}/g, ':$1')];
      return { route: `${method} ${path}`, method, path, operation };
    }),
  );
}

/** The schema of the JSON body, if the operation takes one. */
export function bodyOf({ requestBody }: Operation): JsonSchema | undefined {
  return requestBody?.content?.['application/json']?.schema;
}

/** `/api/projects/:id` with what stands for each name. */
export function fill(path: string, params: Readonly<Record<string, string>> = {}): string {
  return path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? 'unknown'));
}
