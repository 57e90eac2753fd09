import { Body, Controller, Get, Header, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import type { z } from 'zod';
import { auditSource } from '../audit/audit-source';
import { Audited } from '../audit/audited.decorator';
import { ApiZodBody, ApiZodResponse } from '../infrastructure/http/open-api';
import { ZodPipe } from '../infrastructure/http/zod.pipe';
import {
  changePasswordSchema,
  issuedTicketSchema,
  loginSchema,
  refreshSchema,
  tokensSchema,
  userSchema,
  wsTicketSchema,
} from './auth.schemas';
import { AUDITED_LOGIN, AUDITED_REFRESH } from './audited-logins';
import { Caller } from './caller.decorator';
import { LoginService } from './login.service';
import { PasswordChange } from './password-change';
import type { Principal } from './principal';
import { Public } from './public.decorator';
import type { Tokens } from './token-issuer';
import { WhileEnrolling } from './while-enrolling.decorator';
import { type IssuedTicket, WsTickets } from './ws-tickets';

@ApiTags('auth')
@Controller('api/auth')
export class AuthController {
  constructor(
    private readonly logins: LoginService,
    private readonly passwords: PasswordChange,
    private readonly tickets: WsTickets,
  ) {}

  @Public()
  @Audited(...AUDITED_LOGIN)
  @Post('login')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiZodBody(loginSchema)
  @ApiZodResponse(200, tokensSchema)
  login(@Body(new ZodPipe(loginSchema)) body: z.output<typeof loginSchema>, @Req() request: Request): Promise<Tokens> {
    return this.logins.login(body, auditSource(request));
  }

  @Public()
  @Audited(...AUDITED_REFRESH)
  @Post('refresh')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiZodBody(refreshSchema)
  @ApiZodResponse(200, tokensSchema)
  refresh(@Body(new ZodPipe(refreshSchema)) body: z.output<typeof refreshSchema>): Promise<Tokens> {
    return this.logins.refresh(body.refreshToken);
  }

  @Audited('auth.logout')
  @Post('logout')
  @HttpCode(204)
  @WhileEnrolling()
  @ApiBearerAuth()
  async logout(@Caller() caller: Principal): Promise<void> {
    await this.logins.logout(caller);
  }

  @Audited('auth.password.changed')
  @Post('password')
  @HttpCode(204)
  @ApiBearerAuth()
  @ApiZodBody(changePasswordSchema)
  async changePassword(
    @Caller() caller: Principal,
    @Body(new ZodPipe(changePasswordSchema)) body: z.output<typeof changePasswordSchema>,
  ): Promise<void> {
    await this.passwords.change(caller, body.currentPassword, body.newPassword);
  }

  @Get('me')
  @WhileEnrolling()
  @ApiBearerAuth()
  @ApiZodResponse(200, userSchema)
  me(@Caller() { userId, email, role }: Principal): z.output<typeof userSchema> {
    return { id: userId, email, role };
  }

  @Post('ws-ticket')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiBearerAuth()
  @ApiZodBody(wsTicketSchema, false)
  @ApiZodResponse(200, issuedTicketSchema)
  ticket(
    @Caller() caller: Principal,
    @Body(new ZodPipe(wsTicketSchema)) body: z.output<typeof wsTicketSchema>,
  ): Promise<IssuedTicket> {
    return this.tickets.issue(caller, body.gateway);
  }
}
