import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Public } from '../auth/public.decorator';
import { ApiZodResponse } from '../infrastructure/http/open-api';
import { RuntimeSettings } from './runtime-settings';

const bannerSchema = z.object({ text: z.string() });

/** What administrators want everybody to read before they log in. */
@ApiTags('auth')
@Public()
@Controller('api/auth/banner')
export class LoginBannerController {
  constructor(private readonly settings: RuntimeSettings) {}

  @Get()
  @ApiZodResponse(200, bannerSchema)
  banner(): z.output<typeof bannerSchema> {
    return { text: this.settings.current.loginBanner };
  }
}
