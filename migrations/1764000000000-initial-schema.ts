import type { MigrationInterface, QueryRunner } from 'typeorm';

export class InitialSchema1764000000000 implements MigrationInterface {
  name = 'InitialSchema1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `CREATE TABLE users (
     id            uuid        NOT NULL CONSTRAINT users_pkey PRIMARY KEY,
     email         text        NOT NULL,
     password_hash text        NOT NULL,
     role          text        NOT NULL DEFAULT 'user',
     disabled_at   timestamptz,
     created_at    timestamptz NOT NULL DEFAULT now(),
     updated_at    timestamptz NOT NULL DEFAULT now(),
     version       int         NOT NULL DEFAULT 1,
     CONSTRAINT users_role_check CHECK (role IN ('admin', 'user'))
   )`,
  `CREATE UNIQUE INDEX users_email_lower_key ON users (lower(email))`,

  `CREATE TABLE projects (
     id         text        NOT NULL CONSTRAINT projects_pkey PRIMARY KEY,
     name       text        NOT NULL,
     owner_id   uuid        NOT NULL CONSTRAINT projects_owner_id_fkey REFERENCES users (id),
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT projects_id_check CHECK (id ~ '^[A-Za-z0-9._-]{1,128}$')
   )`,
  `CREATE INDEX projects_owner_id_idx ON projects (owner_id)`,

  `CREATE TABLE project_members (
     project_id text NOT NULL CONSTRAINT project_members_project_id_fkey REFERENCES projects (id) ON DELETE CASCADE,
     user_id    uuid NOT NULL CONSTRAINT project_members_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
     role       text NOT NULL,
     CONSTRAINT project_members_pkey PRIMARY KEY (project_id, user_id),
     CONSTRAINT project_members_role_check CHECK (role IN ('owner', 'writer', 'viewer'))
   )`,
  `CREATE INDEX project_members_user_id_idx ON project_members (user_id)`,

  `CREATE TABLE sessions (
     storage_key      text        NOT NULL CONSTRAINT sessions_pkey PRIMARY KEY,
     id               text        NOT NULL,
     project_id       text        NOT NULL CONSTRAINT sessions_project_id_fkey REFERENCES projects (id) ON DELETE CASCADE,
     owner_id         uuid        NOT NULL CONSTRAINT sessions_owner_id_fkey REFERENCES users (id),
     gateway          text        NOT NULL,
     profile          text        NOT NULL,
     title            text        NOT NULL DEFAULT '',
     name             text,
     status           text        NOT NULL,
     end_reason       text,
     exit_code        int,
     signal           text,
     cols             int         NOT NULL,
     rows             int         NOT NULL,
     epoch            text,
     host_id          text,
     host_incarnation int,
     keep             boolean     NOT NULL DEFAULT false,
     created_at       timestamptz NOT NULL DEFAULT now(),
     updated_at       timestamptz NOT NULL DEFAULT now(),
     last_activity_at timestamptz NOT NULL DEFAULT now(),
     ended_at         timestamptz,
     version          int         NOT NULL DEFAULT 1,
     CONSTRAINT sessions_gateway_check CHECK (gateway IN ('terminal', 'claude')),
     CONSTRAINT sessions_status_check CHECK (status IN ('starting', 'running', 'ended'))
   )`,
  `CREATE INDEX sessions_id_idx ON sessions (id)`,
  `CREATE INDEX sessions_project_id_status_idx ON sessions (project_id, status)`,
  `CREATE INDEX sessions_owner_id_idx ON sessions (owner_id)`,
  `CREATE INDEX sessions_status_last_activity_at_idx ON sessions (status, last_activity_at)`,
  `CREATE INDEX sessions_host_id_idx ON sessions (host_id)`,

  `CREATE TABLE session_aliases (
     legacy_id  text        NOT NULL,
     project_id text        NOT NULL CONSTRAINT session_aliases_project_id_fkey REFERENCES projects (id) ON DELETE CASCADE,
     owner_id   uuid        NOT NULL CONSTRAINT session_aliases_owner_id_fkey REFERENCES users (id),
     storage_key text       NOT NULL CONSTRAINT session_aliases_storage_key_fkey REFERENCES sessions ON DELETE CASCADE,
     created_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT session_aliases_pkey PRIMARY KEY (legacy_id, project_id, owner_id)
   )`,
  `CREATE INDEX session_aliases_storage_key_idx ON session_aliases (storage_key)`,

  `CREATE TABLE login_families (
     id            uuid        NOT NULL CONSTRAINT login_families_pkey PRIMARY KEY,
     user_id       uuid        NOT NULL CONSTRAINT login_families_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
     created_at    timestamptz NOT NULL DEFAULT now(),
     last_used_at  timestamptz NOT NULL,
     expires_at    timestamptz NOT NULL,
     revoked_at    timestamptz,
     revoke_reason text,
     user_agent    text,
     ip            text
   )`,
  `CREATE INDEX login_families_user_id_idx ON login_families (user_id)`,
  `CREATE INDEX login_families_revoked_at_idx ON login_families (revoked_at)`,

  `CREATE TABLE refresh_tokens (
     id           uuid        NOT NULL CONSTRAINT refresh_tokens_pkey PRIMARY KEY,
     family_id    uuid        NOT NULL CONSTRAINT refresh_tokens_family_id_fkey REFERENCES login_families (id) ON DELETE CASCADE,
     token_hash   text        NOT NULL CONSTRAINT refresh_tokens_token_hash_key UNIQUE,
     created_at   timestamptz NOT NULL DEFAULT now(),
     used_at      timestamptz,
     successor_id uuid
   )`,
  `CREATE INDEX refresh_tokens_family_id_idx ON refresh_tokens (family_id)`,

  `CREATE TABLE ws_tickets (
     hash              text        NOT NULL CONSTRAINT ws_tickets_pkey PRIMARY KEY,
     user_id           uuid        NOT NULL CONSTRAINT ws_tickets_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
     family_id         uuid        NOT NULL CONSTRAINT ws_tickets_family_id_fkey REFERENCES login_families (id) ON DELETE CASCADE,
     gateway           text        NOT NULL,
     expires_at        timestamptz NOT NULL,
     access_expires_at timestamptz NOT NULL,
     CONSTRAINT ws_tickets_gateway_check CHECK (gateway IN ('terminal', 'claude'))
   )`,
  `CREATE INDEX ws_tickets_expires_at_idx ON ws_tickets (expires_at)`,
  `CREATE INDEX ws_tickets_family_id_idx ON ws_tickets (family_id)`,
];

const DOWN = [
  'ws_tickets',
  'refresh_tokens',
  'login_families',
  'session_aliases',
  'sessions',
  'project_members',
  'projects',
  'users',
].map((table) => `DROP TABLE ${table}`);
