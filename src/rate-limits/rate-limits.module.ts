import { Global, Module } from '@nestjs/common';
import { LimitReports } from './limit-reports';
import { RateLimits } from './rate-limits';
import { TcpConnections } from './tcp-connections';

/** Global, because every way into the server asks. */
@Global()
@Module({ providers: [LimitReports, RateLimits, TcpConnections], exports: [RateLimits, TcpConnections] })
export class RateLimitsModule {}
