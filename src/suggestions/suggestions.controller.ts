import { Body, Controller, Get, HttpCode, Post, Put, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { z } from 'zod';
import { asAsked, Audited } from '../audit/audited.decorator';
import { Caller } from '../auth/caller.decorator';
import type { Principal } from '../auth/principal';
import { ApiContentResponse, ApiZodBody, ApiZodResponse } from '../infrastructure/http/open-api';
import { ZodPipe } from '../infrastructure/http/zod.pipe';
import { SuggestionModel } from './suggestion-model';
import { SuggestionPermission } from './suggestion-permission';
import { Suggestions } from './suggestions';
import { consentSchema, questionSchema, suggestionStatusSchema, type SuggestionStatus } from './suggestions.schemas';

const NDJSON = 'application/x-ndjson';

/** Command suggestions: off until an administrator allows them and a user wants them. */
@ApiTags('suggestions')
@ApiBearerAuth()
@Controller('api/suggestions')
export class SuggestionsController {
  constructor(
    private readonly suggestions: Suggestions,
    private readonly permission: SuggestionPermission,
    private readonly model: SuggestionModel,
  ) {}

  @Get()
  @ApiZodResponse(200, suggestionStatusSchema)
  async status(@Caller() { userId }: Principal): Promise<SuggestionStatus> {
    const { isAllowed: allowed } = this.permission;
    return { allowed, on: allowed && (await this.permission.isOn(userId)), model: this.model.name };
  }

  /** Switches them on or off for the caller. Terminals that are opened afterwards tell what is needed. */
  @Put()
  @Audited('suggestion.consent', { data: asAsked })
  @ApiZodBody(consentSchema)
  @ApiZodResponse(200, suggestionStatusSchema)
  async switch(
    @Caller() caller: Principal,
    @Body(new ZodPipe(consentSchema)) { on }: z.output<typeof consentSchema>,
  ): Promise<SuggestionStatus> {
    await this.permission.switch(caller.userId, on);
    return this.status(caller);
  }

  /** Asks for commands. JSON lines as they come: first what is sent to the model, exactly; then each suggestion; then `done` or `error`. */
  @Post()
  @HttpCode(200)
  @ApiZodBody(questionSchema)
  @ApiContentResponse(200, NDJSON, 'One JSON object on each line: sent, suggestion …, done or error.')
  async ask(
    @Caller() caller: Principal,
    @Body(new ZodPipe(questionSchema)) question: z.output<typeof questionSchema>,
    @Res() response: Response,
  ): Promise<void> {
    const left = new AbortController();
    response.once('close', () => left.abort());
    const events = this.suggestions.ask(caller, question, left.signal);
    // What is refused is refused with a status, so its answer begins after the first event is there.
    let next = await events.next();
    response.setHeader('Content-Type', NDJSON);
    response.setHeader('Cache-Control', 'no-store');
    // A proxy that gathers answers would make suggestions come all at once.
    response.setHeader('X-Accel-Buffering', 'no');
    for (; !next.done && !left.signal.aborted; next = await events.next()) {
      response.write(`${JSON.stringify(next.value)}\n`);
    }
    // Lets it put on record what happened.
    await events.return(undefined);
    response.end();
  }
}
