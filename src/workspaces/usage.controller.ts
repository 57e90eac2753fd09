import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Caller } from '../auth/caller.decorator';
import type { Principal } from '../auth/principal';
import { ApiZodResponse } from '../infrastructure/http/open-api';
import { ProjectsService } from '../projects/projects.service';
import { isFull, type Place, UsageWatch } from './usage-watch';
import { Workspaces } from './workspaces';

const placeSchema = z.object({
  bytes: z.number().nullable().describe('On disk; null: the first count is not finished, ask again.'),
  files: z.number().nullable(),
  limitBytes: z.number(),
  full: z.boolean().describe('No new terminals.'),
  problem: z
    .enum(['too_many_files', 'too_deep', 'unreadable'])
    .nullable()
    .describe('Why it was not counted to its end.'),
  measuredAt: z.string().nullable(),
});
const usageSchema = z.object({ workspace: placeSchema, home: placeSchema.describe("The caller's own.") });
type PlaceView = z.output<typeof placeSchema>;

/** How much a project's workspace and the caller's home hold. */
@ApiTags('projects')
@ApiBearerAuth()
@Controller('api/projects/:id/usage')
export class UsageController {
  constructor(
    private readonly projects: ProjectsService,
    private readonly workspaces: Workspaces,
    private readonly usage: UsageWatch,
  ) {}

  @Get()
  @ApiZodResponse(200, usageSchema)
  async get(@Caller() caller: Principal, @Param('id') id: string): Promise<{ workspace: PlaceView; home: PlaceView }> {
    const { project } = await this.projects.get(caller, id);
    return {
      workspace: await this.view(this.workspaces.workspacePlace(project.id)),
      home: await this.view(this.workspaces.homePlace(caller.userId)),
    };
  }

  private async view(place: Place): Promise<PlaceView> {
    const usage = await this.usage.usageOf(place);
    return {
      bytes: usage?.bytes ?? null,
      files: usage?.files ?? null,
      limitBytes: place.maxBytes,
      full: usage !== undefined && isFull(usage, place),
      problem: usage?.problem ?? null,
      measuredAt: usage ? new Date(usage.measuredAt).toISOString() : null,
    };
  }
}
