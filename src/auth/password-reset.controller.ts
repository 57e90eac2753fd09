import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Audited, type AuditedCall } from '../audit/audited.decorator';
import { ApiZodBody } from '../infrastructure/http/open-api';
import { ZodPipe } from '../infrastructure/http/zod.pipe';
import { passwordSchema } from './auth.schemas';
import { PasswordResets } from './password-resets';
import { Public } from './public.decorator';

const MAX_TOKEN = 256;
const resetSchema = z.strictObject({ token: z.string().min(1).max(MAX_TOKEN), newPassword: passwordSchema });

/** For the audit; the answer has no body. */
interface Redeemed {
  readonly userId: string;
}

/** For users whose password an administrator has reset. */
@ApiTags('auth')
@Public()
@Controller('api/auth/password-reset')
export class PasswordResetController {
  constructor(private readonly resets: PasswordResets) {}

  /** Sets a new password with the token an administrator was given, once. */
  @Post()
  @Audited('auth.password.changed', { actor: whose, data: () => ({ by: 'reset-token' }) })
  @HttpCode(204)
  @ApiZodBody(resetSchema)
  async reset(@Body(new ZodPipe(resetSchema)) { token, newPassword }: z.output<typeof resetSchema>): Promise<Redeemed> {
    return { userId: await this.resets.redeem(token, newPassword) };
  }
}

function whose({ answer }: AuditedCall): Redeemed | undefined {
  return answer as Redeemed | undefined;
}
