import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { CONFIG, type Config } from '../../config/environment';
import { Clock } from '../kernel/clock';
import { AccessEvents } from './access-events';
import { AccessTokens } from './access-tokens';
import { AuthController } from './auth.controller';
import { AUTH_KEYS, type AuthKeys, loadAuthKeys } from './auth-secret';
import { BearerGuard } from './bearer.guard';
import { Credentials } from './credentials';
import { LoginFamilies } from './login-families';
import { LoginService } from './login.service';
import { OperatorAccess } from './operator-access';
import { PasswordHasher } from './password-hasher';
import { RecentRevocations } from './recent-revocations';
import { RefreshTokens } from './refresh-tokens';
import { RevocationFeed } from './revocation-feed';
import { RolesGuard } from './roles.guard';
import { WsTickets } from './ws-tickets';

const authKeys = { provide: AUTH_KEYS, inject: [CONFIG], useFactory: loadAuthKeys };

@Module({ providers: [authKeys], exports: [authKeys] })
class AuthKeysModule {}

/** Who calls. Global, because every way into the server asks. */
@Global()
@Module({
  imports: [
    AuthKeysModule,
    JwtModule.registerAsync({
      imports: [AuthKeysModule],
      inject: [AUTH_KEYS],
      useFactory: ({ accessTokens }: AuthKeys) => ({ secret: accessTokens }),
    }),
  ],
  controllers: [AuthController],
  providers: [
    {
      provide: RecentRevocations,
      inject: [CONFIG, Clock],
      useFactory: (config: Config, clock: Clock) =>
        new RecentRevocations(config.auth.accessTokenTtlSeconds * 1000, clock),
    },
    AccessEvents,
    AccessTokens,
    Credentials,
    LoginFamilies,
    LoginService,
    OperatorAccess,
    PasswordHasher,
    RefreshTokens,
    RevocationFeed,
    WsTickets,
    { provide: APP_GUARD, useClass: BearerGuard },
    { provide: APP_GUARD, useClass: RolesGuard },
  ],
  exports: [AccessEvents, AccessTokens, LoginFamilies, OperatorAccess, PasswordHasher, WsTickets],
})
export class AuthModule {}
