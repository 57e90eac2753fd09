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
import { FailedAttempts } from './failed-attempts';
import { LoginFamilies } from './login-families';
import { LoginService } from './login.service';
import { Logins } from './logins';
import { NodeTickets } from './node-tickets';
import { OperatorAccess } from './operator-access';
import { PasswordChange } from './password-change';
import { PasswordHasher } from './password-hasher';
import { ProofOfIdentity } from './proof-of-identity';
import { PasswordResetController } from './password-reset.controller';
import { PasswordResets } from './password-resets';
import { RecentRevocations } from './recent-revocations';
import { RefreshTokens } from './refresh-tokens';
import { RevocationFiles } from './revocation-files';
import { RevocationFeed } from './revocation-feed';
import { RolesGuard } from './roles.guard';
import { SecondFactors } from './second-factors';
import { SecretBox } from './secret-box';
import { loadSealingSecrets } from './sealing-secrets';
import { StepUpController } from './step-up.controller';
import { StepUpGuard } from './step-up.guard';
import { TokenIssuer } from './token-issuer';
import { TwoFactor } from './two-factor';
import { AuthenticatorApps } from './two-factor/authenticator-apps';
import { RecoveryCodes } from './two-factor/recovery-codes';
import { TwoFactorController } from './two-factor/two-factor.controller';
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
  controllers: [AuthController, PasswordResetController, StepUpController, TwoFactorController],
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
    {
      provide: SecretBox,
      inject: [CONFIG],
      useFactory: (config: Config) => new SecretBox(loadSealingSecrets(config)),
    },
    AccessEvents,
    AccessTokens,
    AuthenticatorApps,
    Credentials,
    FailedAttempts,
    LoginFamilies,
    LoginService,
    Logins,
    OperatorAccess,
    PasswordChange,
    PasswordHasher,
    ProofOfIdentity,
    RecoveryCodes,
    PasswordResets,
    RefreshTokens,
    RevocationFeed,
    SecondFactors,
    TokenIssuer,
    TwoFactor,
    WsTickets,
    { provide: APP_GUARD, useClass: BearerGuard },
    { provide: APP_GUARD, useClass: RolesGuard },
    { provide: APP_GUARD, useClass: StepUpGuard },
  ],
  exports: [
    AccessEvents,
    AccessTokens,
    LoginFamilies,
    Logins,
    OperatorAccess,
    PasswordHasher,
    PasswordResets,
    SecretBox,
    TwoFactor,
    WsTickets,
  ],
})
export class AuthModule {}
