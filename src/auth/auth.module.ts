import path from 'node:path';
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
import { NodeTickets } from './node-tickets';
import { OperatorAccess } from './operator-access';
import { PasswordHasher } from './password-hasher';
import { RecentRevocations } from './recent-revocations';
import { RefreshTokens } from './refresh-tokens';
import { RevocationFiles } from './revocation-files';
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
      useFactory: ({ auth, dataDir }: Config, clock: Clock) => {
        const tokenLifeMs = auth.accessTokenTtlSeconds * 1000;
        const files = new RevocationFiles(path.join(dataDir, 'revocations'), tokenLifeMs, clock);
        return new RecentRevocations(tokenLifeMs, clock, files);
      },
    },
    {
      provide: NodeTickets,
      inject: [CONFIG, Clock],
      useFactory: ({ dataDir }: Config, clock: Clock) => new NodeTickets(path.join(dataDir, 'tickets'), clock),
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
