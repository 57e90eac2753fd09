import fs from 'node:fs';
import path from 'node:path';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '../../../config/environment';
import { NamedDirectories } from '../../workspaces/named-directories';
import { Workspaces } from '../../workspaces/workspaces';
import { ClaudePlaces, type ClaudeUserPlaces } from '../places';

export interface ClaudeRoom extends ClaudeUserPlaces {
  readonly live: string;
}

/** Makes the places of a user in a project, and checks that nothing else was put there. */
@Injectable()
export class ClaudeRooms implements OnModuleInit {
  private readonly places: ClaudePlaces;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly workspaces: Workspaces,
  ) {
    this.places = new ClaudePlaces(config.dataDir);
  }

  onModuleInit(): void {
    this.places.make();
  }

  /** All canonical: what is mounted is exactly this. Errors: `workspace_unusable`, `workspace_full`. */
  async prepare({ id, projectId, ownerId }: { id: string; projectId: string; ownerId: string }): Promise<ClaudeRoom> {
    await this.workspaces.requireClaudeRoom(ownerId);
    const users = fs.realpathSync(this.places.users);
    new NamedDirectories(users, ownerId).open().dispose();
    const own = new NamedDirectories(path.join(users, ownerId), projectId);
    const room = { home: own.ensure('home'), config: own.ensure('config'), tmp: own.ensure('tmp') };
    const live = new NamedDirectories(path.join(users, ownerId, projectId), 'live').ensure(id);
    return { ...room, live };
  }
}
