import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Audited, namedInPath } from '../../audit/audited.decorator';
import { Roles } from '../../auth/roles.decorator';
import { StepUp } from '../../auth/step-up';
import { ApiZodResponse } from '../../infrastructure/http/open-api';
import { Nodes, nodeSchema, type NodeView } from './nodes';

@ApiTags('admin')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/admin/nodes')
export class AdminNodesController {
  constructor(private readonly nodes: Nodes) {}

  @Get()
  @ApiZodResponse(200, z.object({ items: z.array(nodeSchema), nextCursor: z.null() }))
  async list(): Promise<{ items: NodeView[]; nextCursor: null }> {
    return { items: await this.nodes.list(), nextCursor: null };
  }

  /** Begins to replace the gateways of the node; the list says how it goes. */
  @Post(':name/drain')
  @StepUp()
  @Audited('node.drained', { target: namedInPath('node', 'name') })
  @HttpCode(202)
  @ApiZodResponse(202, z.object({}))
  async drain(@Param('name') name: string): Promise<object> {
    await this.nodes.drain(name);
    return {};
  }
}
