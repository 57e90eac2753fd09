import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { CONFIG, type Config } from '../../config/environment';
import { isFromLoopback } from '../infrastructure/http/loopback';
import { bearerTokenOf, principalOf } from './authenticated-request';

/**
 * Whether a request may see how the server is doing: by an administrator, with METRICS_TOKEN, and outside production from this
 * machine. In production others' shells run on this machine, too.
 */
@Injectable()
export class OperatorAccess {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  isGranted(request: Request): boolean {
    const { metricsToken, production } = this.config;
    if (principalOf(request)?.role === 'admin' || (!production && isFromLoopback(request))) return true;
    const token = bearerTokenOf(request);
    return metricsToken !== undefined && token !== undefined && isSame(metricsToken, token);
  }
}

/** In a time that does not depend on where the two differ. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
