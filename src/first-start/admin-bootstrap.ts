import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import { AuditLog } from '../audit/audit-log';
import { isDatabaseUnavailable } from '../infrastructure/database/database-errors';
import { DomainError } from '../kernel/domain-error';
import { Ids } from '../kernel/ids';
import { ProjectsService } from '../projects/projects.service';
import type { UserEntity } from '../users/user.entity';
import { UsersService } from '../users/users.service';

/** The administrator of a first start; `generatedPassword` is known here and nowhere else. */
export interface NewAdministrator {
  readonly email: string;
  readonly generatedPassword?: string;
}

export const DEFAULT_PROJECT_ID = 'default';
const PASSWORD_BYTES = 12;

/** Makes the first administrator and a project to begin with. */
@Injectable()
export class AdminBootstrap {
  constructor(
    private readonly users: UsersService,
    private readonly projects: ProjectsService,
    private readonly ids: Ids,
    private readonly audit: AuditLog,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Does nothing when there is any user. Undefined = nothing was made. */
  async run(): Promise<NewAdministrator | undefined> {
    try {
      return await this.createFirst();
    } catch (error) {
      // Only an installation that has been seen working starts without its database: it has its administrator.
      if (isDatabaseUnavailable(error)) return undefined;
      throw error;
    }
  }

  private async createFirst(): Promise<NewAdministrator | undefined> {
    if ((await this.users.count()) > 0) return undefined;
    const { adminEmail, adminPassword } = this.config.auth;
    const password = adminPassword ?? this.ids.secret(PASSWORD_BYTES);
    const admin = await this.create(adminEmail, password);
    if (!admin) return undefined;
    const target = { kind: 'user', id: admin.id };
    const data = { email: admin.email, role: admin.role, by: 'first start' };
    this.audit.record({ code: 'user.created', outcome: 'ok', target, data });
    await this.projects.create({ userId: admin.id, role: admin.role }, { id: DEFAULT_PROJECT_ID, name: 'Default' });
    return { email: admin.email, ...(adminPassword === undefined && { generatedPassword: password }) };
  }

  /** Undefined = another node was quicker. */
  private async create(email: string, password: string): Promise<UserEntity | undefined> {
    try {
      return await this.users.create({ email, password, role: 'admin' });
    } catch (error) {
      if (error instanceof DomainError && error.code === 'conflict') return undefined;
      throw error;
    }
  }
}
