import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { z } from 'zod';
import { CONFIG, type Config } from '../../config/environment';
import { Clock } from '../kernel/clock';
import { DomainError } from '../kernel/domain-error';
import { givenRoleSchema } from '../users/user-role';
import type { Principal } from './principal';
import { RecentRevocations } from './recent-revocations';

const ALGORITHM = 'HS256';
const ISSUER = 'holdfast';
const AUDIENCE = 'holdfast:access';
const TYPE = 'at+jwt';
/** A clock that is set right by an hour must not send everybody away; beyond it, a token is not one of ours. */
const MAX_CLOCK_SKEW_MS = 2 * 3_600_000;

const claimsSchema = z.object({
  sub: z.uuid(),
  email: z.string(),
  role: givenRoleSchema,
  /** The login. */
  sid: z.uuid(),
  /** Unix milliseconds: `iat` has seconds, which cannot order a revocation and the login right after it. */
  issued: z.number(),
  exp: z.number(),
  access: z.enum(['full', 'enrollment']).default('full'),
});

/** What a token is good for: everything, or enrolling a second factor and nothing else. */
export type TokenAccess = z.output<typeof claimsSchema>['access'];

// Nothing else is in the header of our own: no key, no address of one, no name of one.
const headerSchema = z.strictObject({ alg: z.literal(ALGORITHM), typ: z.literal(TYPE) });
const tokenSchema = z.object({ header: headerSchema, payload: claimsSchema });

export interface IssuedAccessToken {
  readonly token: string;
  readonly expiresIn: number;
}

/** Signed statements about who calls. Checking one takes no database: a signature and a look into memory. */
@Injectable()
export class AccessTokens {
  constructor(
    private readonly jwt: JwtService,
    private readonly revocations: RecentRevocations,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  sign(principal: Omit<Principal, 'expiresAtMs'>, access: TokenAccess = 'full'): IssuedAccessToken {
    const expiresIn = this.config.auth.accessTokenTtlSeconds;
    const issued = this.clock.now();
    const iat = Math.floor(issued / 1000);
    const claims = { sub: principal.userId, email: principal.email, role: principal.role, sid: principal.loginId };
    const token = this.jwt.sign(
      { ...claims, access, issued, iat, exp: iat + expiresIn, iss: ISSUER, aud: AUDIENCE },
      { algorithm: ALGORITHM, header: { alg: ALGORITHM, typ: TYPE } },
    );
    return { token, expiresIn };
  }

  verify(token: string): Principal {
    const { access, ...principal } = this.verifyAny(token);
    if (access === 'full') return principal;
    throw new DomainError('totp_enrollment_required', 'Enroll a second factor first: POST /api/auth/totp/enroll.');
  }

  /** Also one that is only good for enrolling. */
  verifyAny(token: string): Principal & { readonly access: TokenAccess } {
    const { sub: userId, email, role, sid: loginId, issued: issuedAtMs, exp, access } = this.claimsOf(token);
    if (this.revocations.has({ userId, loginId, issuedAtMs }))
      throw unauthenticated('This login has ended; log in again.');
    return { userId, email, role, loginId, expiresAtMs: exp * 1000, access };
  }

  private claimsOf(token: string): z.output<typeof claimsSchema> {
    try {
      const verified: unknown = this.jwt.verify(token, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        clockTimestamp: Math.floor(this.clock.now() / 1000),
        complete: true,
      });
      const { payload } = tokenSchema.parse(verified);
      if (payload.issued > this.clock.now() + MAX_CLOCK_SKEW_MS) throw new Error('issued in the future');
      return payload;
    } catch (cause) {
      throw unauthenticated('The access token is not valid or has expired; refresh it or log in again.', cause);
    }
  }
}

export function unauthenticated(message: string, cause?: unknown): DomainError {
  return new DomainError('unauthenticated', message, { cause });
}
