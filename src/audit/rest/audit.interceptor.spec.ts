import { type CallHandler, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { lastValueFrom, of, throwError } from 'rxjs';
import { Roles } from '../../auth/roles.decorator';
import { DomainError } from '../../kernel/domain-error';
import type { AuditEntry } from '../audit-log';
import { Audited, namedInAnswer, namedInPath } from '../audited.decorator';
import { MemoryAuditLog } from '../memory-audit-log';
import { AuditInterceptor } from './audit.interceptor';

class Things {
  @Audited('project.created', { target: namedInAnswer('project') })
  create(): void {
    return;
  }

  @Audited(({ error }) => (error === undefined ? 'project.deleted' : 'access.refused'), {
    target: namedInPath('project'),
  })
  remove(): void {
    return;
  }

  @Roles('admin')
  change(): void {
    return;
  }
}

/** A disk that takes its time. */
class SlowAuditLog extends MemoryAuditLog {
  private finish = (): void => undefined;
  readonly disk = new Promise<void>((resolve) => (this.finish = resolve));

  override async durable(entry: AuditEntry): Promise<void> {
    await super.durable(entry);
    await this.disk;
  }

  written(): void {
    this.finish();
  }
}

class FullAuditLog extends MemoryAuditLog {
  override async durable(): Promise<void> {
    throw new DomainError('audit_unavailable', 'full');
  }

  override assertRoom(): void {
    throw new DomainError('audit_unavailable', 'full');
  }
}

function call(method: keyof Things, verb = 'POST'): ExecutionContext {
  const request = {
    method: verb,
    ip: '192.0.2.1',
    headers: { 'user-agent': 'test' },
    params: { id: 'p1' },
    query: {},
    body: {},
  };
  return {
    getType: () => 'http',
    getHandler: () => Things.prototype[method],
    getClass: () => Things,
    switchToHttp: () => ({ getRequest: () => request }),
  } as unknown as ExecutionContext;
}

const answering = (answer: unknown): CallHandler => ({ handle: () => of(answer) });
const failing = (error: unknown): CallHandler => ({ handle: () => throwError(() => error) });
const notFound = new DomainError('project_not_found', 'There is none.');

function run(audit: MemoryAuditLog, context: ExecutionContext, handler: CallHandler): Promise<unknown> {
  return lastValueFrom(new AuditInterceptor(new Reflector(), audit).intercept(context, handler));
}

it('answers after the event is on disk, and not before', async () => {
  const audit = new SlowAuditLog();
  let isAnswered = false;
  const answer = run(audit, call('create'), answering({ id: 'p1' })).then(() => (isAnswered = true));
  await new Promise(setImmediate);
  expect(audit.entries).toEqual([
    expect.objectContaining({ code: 'project.created', outcome: 'ok', target: { kind: 'project', id: 'p1' } }),
  ]);
  expect(isAnswered).toBe(false);
  audit.written();
  await answer;
});

it('puts a refusal on record with its reason, and passes it on', async () => {
  const audit = new MemoryAuditLog();
  await expect(run(audit, call('remove'), failing(notFound))).rejects.toBe(notFound);
  expect(audit.entries).toMatchObject([
    { code: 'access.refused', outcome: 'refused', reason: 'project_not_found', source: { ip: '192.0.2.1' } },
  ]);
});

it('tells a failure of the server from a refusal', async () => {
  const audit = new MemoryAuditLog();
  await expect(run(audit, call('remove'), failing(new Error('boom')))).rejects.toThrow('boom');
  expect(audit.entries).toMatchObject([{ outcome: 'failed', reason: 'internal' }]);
});

it('does not say that something was done which could not be put on record', async () => {
  await expect(run(new FullAuditLog(), call('create'), answering({}))).rejects.toMatchObject({
    code: 'audit_unavailable',
  });
  await expect(run(new FullAuditLog(), call('remove'), failing(notFound))).rejects.toBe(notFound);
});

it('refuses changes by administrators before they are made, and lets them read', async () => {
  let isMade = false;
  const handler: CallHandler = { handle: () => of((isMade = true)) };
  const change = (verb: string): Promise<unknown> =>
    Promise.resolve().then(() => run(new FullAuditLog(), call('change', verb), handler));
  await expect(change('PATCH')).rejects.toMatchObject({ code: 'audit_unavailable' });
  expect(isMade).toBe(false);
  await expect(change('GET')).resolves.toBe(true);
});
