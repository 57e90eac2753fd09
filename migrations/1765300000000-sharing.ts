import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Sharing1765300000000 implements MigrationInterface {
  name = 'Sharing1765300000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `ALTER TABLE users DROP CONSTRAINT users_role_check`,
  // 'user' stays allowed: servers of the version before go on writing it until the last of them is replaced.
  `ALTER TABLE users ADD CONSTRAINT users_role_check CHECK (role IN ('admin', 'member', 'viewer', 'user'))`,
  `ALTER TABLE users ALTER COLUMN role SET DEFAULT 'member'`,
  `UPDATE users SET role = 'member' WHERE role = 'user'`,

  `CREATE TABLE session_shares (
     id          uuid        NOT NULL CONSTRAINT session_shares_pkey PRIMARY KEY,
     storage_key text        NOT NULL CONSTRAINT session_shares_storage_key_fkey REFERENCES sessions ON DELETE CASCADE,
     created_by  uuid        NOT NULL CONSTRAINT session_shares_created_by_fkey REFERENCES users (id) ON DELETE CASCADE,
     access      text        NOT NULL,
     token_hash  text        CONSTRAINT session_shares_token_hash_key UNIQUE,
     label       text,
     max_uses    int,
     uses        int         NOT NULL DEFAULT 0,
     created_at  timestamptz NOT NULL DEFAULT now(),
     expires_at  timestamptz NOT NULL,
     revoked_at  timestamptz,
     CONSTRAINT session_shares_access_check CHECK (access IN ('view', 'request-write', 'watch'))
   )`,
  `CREATE INDEX session_shares_storage_key_idx ON session_shares (storage_key)`,
  `CREATE INDEX session_shares_created_by_idx ON session_shares (created_by)`,

  `CREATE TABLE session_grants (
     share_id   uuid        NOT NULL CONSTRAINT session_grants_share_id_fkey REFERENCES session_shares (id) ON DELETE CASCADE,
     user_id    uuid        NOT NULL CONSTRAINT session_grants_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
     created_at timestamptz NOT NULL DEFAULT now(),
     revoked_at timestamptz,
     CONSTRAINT session_grants_pkey PRIMARY KEY (share_id, user_id)
   )`,
  `CREATE INDEX session_grants_user_id_idx ON session_grants (user_id)`,
];

const DOWN = [
  `DROP TABLE session_grants`,
  `DROP TABLE session_shares`,
  `UPDATE users SET role = 'user' WHERE role IN ('member', 'viewer')`,
  `ALTER TABLE users ALTER COLUMN role SET DEFAULT 'user'`,
  `ALTER TABLE users DROP CONSTRAINT users_role_check`,
  `ALTER TABLE users ADD CONSTRAINT users_role_check CHECK (role IN ('admin', 'user'))`,
];
