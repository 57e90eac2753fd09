import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SettingsAndPasswordResets1765400000000 implements MigrationInterface {
  name = 'SettingsAndPasswordResets1765400000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `CREATE TABLE settings (
     key        text        NOT NULL CONSTRAINT settings_pkey PRIMARY KEY,
     value      jsonb       NOT NULL,
     changed_at timestamptz NOT NULL DEFAULT now(),
     changed_by uuid        CONSTRAINT settings_changed_by_fkey REFERENCES users (id) ON DELETE SET NULL
   )`,
  `CREATE TABLE password_resets (
     user_id    uuid        NOT NULL CONSTRAINT password_resets_pkey PRIMARY KEY
                            CONSTRAINT password_resets_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
     token_hash text        NOT NULL CONSTRAINT password_resets_token_hash_key UNIQUE,
     expires_at timestamptz NOT NULL
   )`,
];

const DOWN = ['DROP TABLE password_resets', 'DROP TABLE settings'];
