import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiQuery, ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { strict } from './strict';

type SchemaObject = NonNullable<Extract<Parameters<typeof ApiBody>[0], { schema: unknown }>['schema']>;

function openApi(schema: z.ZodType, io: 'input' | 'output'): SchemaObject {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { target: 'openapi-3.0', io, unrepresentable: 'any' });
  return json as SchemaObject;
}

/** Documents the body from the schema that checks it. */
export function ApiZodBody(schema: z.ZodType, required = true): MethodDecorator {
  return ApiBody({ schema: openApi(strict(schema), 'input'), required });
}

/** Documents an answer. */
export function ApiZodResponse(status: number, schema: z.ZodType, description = ''): MethodDecorator {
  return ApiResponse({ status, schema: openApi(schema, 'output'), description });
}

/** Documents the query parameters from the schema that checks them. */
export function ApiZodQuery(schema: z.ZodObject): MethodDecorator {
  return applyDecorators(
    ...Object.entries(schema.shape).map(([name, field]) =>
      ApiQuery({ name, required: false, schema: openApi(field as z.ZodType, 'input') }),
    ),
  );
}

/** Documents an answer that is not JSON. */
export function ApiContentResponse(status: number, type: string, description: string): MethodDecorator {
  const isText = type.startsWith('text/');
  const schema = isText ? { type: 'string' as const } : { type: 'string' as const, format: 'binary' };
  return ApiResponse({ status, description, content: { [type]: { schema } } });
}
