import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Caller } from '../../auth/caller.decorator';
import type { Principal } from '../../auth/principal';
import { ApiZodQuery, ApiZodResponse } from '../../infrastructure/http/open-api';
import type { Page } from '../../infrastructure/http/page';
import { ZodPipe } from '../../infrastructure/http/zod.pipe';
import { searchPageSchema, searchQuerySchema, type SearchHit, type SearchQuery } from './search.schemas';
import { SearchService } from './search.service';

@ApiTags('sessions')
@ApiBearerAuth()
@Controller('api/sessions/search')
export class SearchController {
  constructor(private readonly searches: SearchService) {}

  /** What terminals said, as plain text, newest first; upper and lower case are the same. */
  @Get()
  @ApiZodQuery(searchQuerySchema)
  @ApiZodResponse(200, searchPageSchema)
  search(
    @Caller() caller: Principal,
    @Query(new ZodPipe(searchQuerySchema)) query: SearchQuery,
  ): Promise<Page<SearchHit>> {
    return this.searches.search(caller, query);
  }
}
