import type { PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import { DomainError } from '../../kernel/domain-error';
import { strict } from './strict';

/** Lets a body or a query through as what the schema makes of it, or refuses it with every problem named, unknown fields too. */
export class ZodPipe<T> implements PipeTransform<unknown, T> {
  private readonly schema: z.ZodType<T>;

  constructor(schema: z.ZodType<T>) {
    this.schema = strict(schema);
  }

  transform(value: unknown): T {
    const result = this.schema.safeParse(value ?? {});
    if (result.success) return result.data;
    const problems = result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
    const [first] = problems;
    const where = first?.path ? `${first.path}: ` : '';
    throw new DomainError('bad_request', `The request is not valid. ${where}${first?.message ?? ''}`, {
      details: { problems },
    });
  }
}
