import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LaunchProfiles1765200000000 implements MigrationInterface {
  name = 'LaunchProfiles1765200000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `CREATE TABLE launch_profiles (
     name        text        NOT NULL CONSTRAINT launch_profiles_pkey PRIMARY KEY,
     description text        NOT NULL,
     program     text        NOT NULL,
     args        jsonb       NOT NULL,
     view        text        NOT NULL,
     binaries    jsonb       NOT NULL,
     network     text        NOT NULL,
     limits      jsonb       NOT NULL,
     env         jsonb       NOT NULL,
     created_at  timestamptz NOT NULL DEFAULT now(),
     updated_at  timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT launch_profiles_name_check CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,62}$' AND name <> 'default'),
     CONSTRAINT launch_profiles_view_check CHECK (view IN ('full', 'strict')),
     CONSTRAINT launch_profiles_network_check CHECK (network IN ('none', 'host'))
   )`,

  `CREATE TABLE launch_profile_assignments (
     id         bigint  GENERATED ALWAYS AS IDENTITY CONSTRAINT launch_profile_assignments_pkey PRIMARY KEY,
     profile    text    NOT NULL,
     project_id text    CONSTRAINT launch_profile_assignments_project_id_fkey REFERENCES projects ON DELETE CASCADE,
     role       text,
     is_default boolean NOT NULL,
     CONSTRAINT launch_profile_assignments_role_check CHECK (role IN ('admin', 'owner', 'writer'))
   )`,
  `CREATE INDEX launch_profile_assignments_profile_idx ON launch_profile_assignments (profile)`,
  `CREATE INDEX launch_profile_assignments_project_id_idx ON launch_profile_assignments (project_id)`,

  `CREATE TABLE deleted_projects (
     id         text        NOT NULL,
     made_at    timestamptz NOT NULL,
     deleted_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT deleted_projects_pkey PRIMARY KEY (id, made_at)
   )`,
];

const DOWN = ['deleted_projects', 'launch_profile_assignments', 'launch_profiles'].map(
  (table) => `DROP TABLE ${table}`,
);
