import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { decodeCursor, type Page, toPage } from '../../infrastructure/http/page';
import { projectNotFound } from '../../projects/projects.service';
import type { AdminProjectView, searchProjectsSchema } from './admin-projects.schemas';

type ProjectSearch = z.output<typeof searchProjectsSchema>;

interface Row extends Omit<AdminProjectView, 'createdAt' | 'updatedAt'> {
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const SELECT = `
  SELECT project.id, project.name, project.owner_id AS "ownerId", owner.email AS "ownerEmail",
         project.created_at AS "createdAt", project.updated_at AS "updatedAt",
         (SELECT count(*)::int FROM project_members WHERE project_id = project.id) AS members,
         (SELECT count(*)::int FROM sessions WHERE project_id = project.id AND status <> 'ended') AS "runningSessions"
  FROM projects AS project JOIN users AS owner ON owner.id = project.owner_id`;

/** All projects, whoever they belong to, with how much is going on in them. */
@Injectable()
export class ProjectOverview {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  async search({ q, ownerId, cursor, limit }: ProjectSearch): Promise<Page<AdminProjectView>> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    // What is looked for is never a pattern. The order is the index', whatever the language of the database.
    const rows = await this.dataSource.query<Row[]>(
      `${SELECT}
       WHERE ($1::text IS NULL OR position(lower($1) in lower(project.id || ' ' || project.name)) > 0)
         AND ($2::uuid IS NULL OR project.owner_id = $2) AND ($3::text IS NULL OR project.id > $3)
       ORDER BY project.id LIMIT $4`,
      [q ?? null, ownerId ?? null, after ?? null, limit + 1],
    );
    return toPage(rows, limit, ({ id }) => id, view);
  }

  async get(id: string): Promise<AdminProjectView> {
    const [row] = await this.dataSource.query<Row[]>(`${SELECT} WHERE project.id = $1`, [id]);
    if (!row) throw projectNotFound();
    return view(row);
  }
}

function view({ createdAt, updatedAt, ...row }: Row): AdminProjectView {
  return { ...row, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
