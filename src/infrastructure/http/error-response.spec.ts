import {
  BadRequestException,
  InternalServerErrorException,
  NotFoundException,
  PayloadTooLargeException,
} from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../../kernel/domain-error';
import { toErrorResponse } from './error-response';

describe('toErrorResponse', () => {
  it('keeps the code, the sentence and the details of a refusal', () => {
    const error = new DomainError('conflict', 'There is one already.', { details: { id: 'x' } });
    expect(toErrorResponse(error)).toEqual({
      statusCode: 409,
      code: 'conflict',
      message: 'There is one already.',
      details: { id: 'x' },
    });
  });

  it('has an HTTP status for every code', () => {
    for (const code of Object.values(ErrorCode)) {
      expect(toErrorResponse(new DomainError(code, 'x')).statusCode).toBeGreaterThanOrEqual(400);
    }
  });

  it('says when to come back, rounded up to a second', () => {
    const error = new DomainError('circuit_open', 'x', { retryAfterMs: 1200 });
    expect(toErrorResponse(error)).toMatchObject({ statusCode: 503, retryAfterSeconds: 2 });
  });

  it.each([
    [new NotFoundException('Cannot GET /x'), 404, 'not_found', 'Cannot GET /x'],
    [new BadRequestException('bad'), 400, 'bad_request', 'bad'],
    [new PayloadTooLargeException('big'), 413, 'bad_request', 'big'],
    [
      Object.assign(new Error('Unexpected token'), { status: 400, expose: true }),
      400,
      'bad_request',
      'Unexpected token',
    ],
  ])('answers what the framework refused: %s', (error, statusCode, code, message) => {
    expect(toErrorResponse(error)).toEqual({ statusCode, code, message });
  });

  it.each([
    Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('query failed'), { driverError: Object.assign(new Error(), { code: '57P01' }) }),
    Object.assign(new Error('query failed'), { driverError: new Error('Connection terminated unexpectedly') }),
    new Error('Query read timeout'),
  ])('answers 503 when the database is away: %s', (error) => {
    expect(toErrorResponse(error)).toMatchObject({
      statusCode: 503,
      code: 'database_unavailable',
      retryAfterSeconds: 2,
    });
  });

  it('answers 400 to a value PostgreSQL cannot store', () => {
    const error = Object.assign(new Error('invalid byte sequence'), { driverError: { code: '22021' } });
    expect(toErrorResponse(error)).toMatchObject({ statusCode: 400, code: 'bad_request' });
  });

  it.each([new Error('SELECT secret FROM users'), new InternalServerErrorException('/etc/passwd'), 'a string', null])(
    'tells nothing about an error nobody foresaw: %s',
    (error) => {
      const answer = toErrorResponse(error);
      expect(answer).toMatchObject({ statusCode: 500, code: 'internal', isUnexpected: true });
      expect(answer.message).not.toMatch(/SELECT|passwd|a string/);
    },
  );
});
