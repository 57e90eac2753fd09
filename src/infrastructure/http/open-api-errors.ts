import type { OpenAPIObject } from '@nestjs/swagger';
import { ErrorCode } from '@holdfast/protocol';
import { z } from 'zod';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const ERROR_REF = '#/components/schemas/Error';

const errorSchema = z.object({
  statusCode: z.int(),
  code: z.enum(Object.values(ErrorCode) as [ErrorCode, ...ErrorCode[]]),
  message: z.string().describe('Says what to do.'),
  requestId: z.string().describe('Under which the log of the server says more.'),
  details: z.record(z.string(), z.unknown()).optional(),
});

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

const ANSWERS = {
  400: 'The request is not valid, or has a field nobody expects.',
  401: 'No access token, or one that is not good (any more).',
  403: 'Not with this role, without a second factor, or without a fresh confirmation.',
  404: 'There is no such thing, or the caller may not see it.',
  409: 'It is not in a state for this.',
  415: 'The body is not JSON.',
  429: 'Too much of it; Retry-After says when to come back.',
  503: 'Something the server needs is away; Retry-After says when to come back.',
} as const;

type ErrorStatus = keyof typeof ANSWERS;

/** Adds to every operation the errors it can answer, which follow from what it takes and who may call it. */
export function describeErrors(document: OpenAPIObject): OpenAPIObject {
  const { $schema: _, ...schema } = z.toJSONSchema(errorSchema, { target: 'openapi-3.0' });
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Error: schema as object },
  };
  for (const path of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = path[method];
      if (operation) for (const status of errorsOf(operation, method)) describe(operation, status);
    }
  }
  return document;
}

function errorsOf(operation: Operation, method: (typeof METHODS)[number]): ErrorStatus[] {
  const { parameters = [], requestBody } = operation;
  const isPublic = 'x-public' in operation;
  return [
    ...(parameters.length > 0 || requestBody ? [400 as const] : []),
    // Public routes that take something take a credential.
    ...(isPublic && method === 'get' ? [] : [401 as const]),
    ...(isPublic ? [] : [403 as const]),
    ...(isPublic ? [] : [404 as const]),
    ...(method === 'get' ? [] : [409 as const]),
    ...(requestBody ? [415 as const] : []),
    429,
    503,
  ];
}

function describe(operation: Operation, status: ErrorStatus): void {
  const content = { 'application/json': { schema: { $ref: ERROR_REF } } };
  operation.responses[status] ??= { description: ANSWERS[status], content };
}
