import { Controller } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Roles } from '../../auth/roles.decorator';
import { ProjectMembersController } from '../../projects/project-members.controller';

/** Who is in which project; `:user` is an id or an e-mail address. Every route as members have it, for any project. */
@ApiTags('admin')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/admin/projects/:id/members')
export class AdminMembersController extends ProjectMembersController {}
