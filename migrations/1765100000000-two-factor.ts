import type { MigrationInterface, QueryRunner } from 'typeorm';

export class TwoFactor1765100000000 implements MigrationInterface {
  name = 'TwoFactor1765100000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `CREATE TABLE two_factor (
     user_id        uuid NOT NULL CONSTRAINT two_factor_pkey PRIMARY KEY
                         CONSTRAINT two_factor_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
     secret         text,
     last_step      int  NOT NULL DEFAULT 0,
     pending_secret text,
     pending_at     timestamptz
   )`,
  `CREATE TABLE recovery_codes (
     user_id uuid NOT NULL CONSTRAINT recovery_codes_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
     hash    text NOT NULL,
     CONSTRAINT recovery_codes_pkey PRIMARY KEY (user_id, hash)
   )`,
  `CREATE TABLE failed_attempts (
     key            text        NOT NULL CONSTRAINT failed_attempts_pkey PRIMARY KEY,
     failures       int         NOT NULL,
     last_failed_at timestamptz NOT NULL,
     locked_until   timestamptz
   )`,
  `CREATE INDEX failed_attempts_last_failed_at_idx ON failed_attempts (last_failed_at)`,
  `ALTER TABLE login_families ADD COLUMN confirmed_at timestamptz`,
];

const DOWN = [
  'ALTER TABLE login_families DROP COLUMN confirmed_at',
  'DROP TABLE failed_attempts',
  'DROP TABLE recovery_codes',
  'DROP TABLE two_factor',
];
