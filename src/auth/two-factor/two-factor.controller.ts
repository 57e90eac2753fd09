import { Body, Controller, Delete, Get, Header, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Audited } from '../../audit/audited.decorator';
import { ApiZodBody, ApiZodResponse } from '../../infrastructure/http/open-api';
import { ZodPipe } from '../../infrastructure/http/zod.pipe';
import { AccessTokens } from '../access-tokens';
import { Caller } from '../caller.decorator';
import type { Principal } from '../principal';
import { StepUp } from '../step-up';
import { TwoFactor, type TwoFactorStatus } from '../two-factor';
import { WhileEnrolling } from '../while-enrolling.decorator';
import type { NewSecret } from './authenticator-apps';
import {
  confirmSchema,
  enrolledSchema,
  newSecretSchema,
  recoveryCodesSchema,
  statusSchema,
} from './two-factor.schemas';

@ApiTags('auth')
@ApiBearerAuth()
@Controller('api/auth/totp')
export class TwoFactorController {
  constructor(
    private readonly twoFactor: TwoFactor,
    private readonly accessTokens: AccessTokens,
  ) {}

  @Get()
  @WhileEnrolling()
  @ApiZodResponse(200, statusSchema)
  status(@Caller() caller: Principal): Promise<TwoFactorStatus> {
    return this.twoFactor.status(caller);
  }

  /** A new secret for an authenticator app; what was enrolled before is good until this one is confirmed. */
  @Post('enroll')
  @HttpCode(200)
  @WhileEnrolling()
  @StepUp()
  @Header('Cache-Control', 'no-store')
  @ApiZodResponse(200, newSecretSchema)
  enroll(@Caller() caller: Principal): Promise<NewSecret> {
    return this.twoFactor.enroll(caller);
  }

  /** Ends every other login of the user. */
  @Post('confirm')
  @HttpCode(200)
  @Audited('mfa.enrolled')
  @WhileEnrolling()
  @Header('Cache-Control', 'no-store')
  @ApiZodBody(confirmSchema)
  @ApiZodResponse(200, enrolledSchema)
  async confirm(
    @Caller() caller: Principal,
    @Body(new ZodPipe(confirmSchema)) body: z.output<typeof confirmSchema>,
  ): Promise<z.output<typeof enrolledSchema>> {
    const recoveryCodes = await this.twoFactor.confirm(caller, body.code);
    const { token, expiresIn } = this.accessTokens.sign(caller, 'full');
    return { recoveryCodes, accessToken: token, expiresIn };
  }

  /** The earlier ones are worth nothing any more. */
  @Post('recovery-codes')
  @HttpCode(200)
  @Audited('mfa.recovery.replaced')
  @StepUp()
  @Header('Cache-Control', 'no-store')
  @ApiZodResponse(200, recoveryCodesSchema)
  async replaceRecoveryCodes(@Caller() caller: Principal): Promise<z.output<typeof recoveryCodesSchema>> {
    return { recoveryCodes: await this.twoFactor.replaceRecoveryCodes(caller) };
  }

  /** Ends every other login of the user. */
  @Delete()
  @HttpCode(204)
  @Audited('mfa.removed')
  @StepUp()
  async remove(@Caller() caller: Principal): Promise<void> {
    await this.twoFactor.remove(caller);
  }
}
