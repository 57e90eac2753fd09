import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ClaudeSessions1766100000000 implements MigrationInterface {
  name = 'ClaudeSessions1766100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE claude_sessions');
  }
}

const UP = `
  CREATE TABLE claude_sessions (
    storage_key text        NOT NULL CONSTRAINT claude_sessions_pkey PRIMARY KEY
                            CONSTRAINT claude_sessions_storage_key_fkey REFERENCES sessions ON DELETE CASCADE,
    host_id     text        NOT NULL,
    state       text        NOT NULL,
    since       timestamptz NOT NULL,
    until       timestamptz,
    kind        text,
    message     text,
    summary     text,
    updated_at  timestamptz NOT NULL,
    CONSTRAINT claude_sessions_state_check CHECK (state IN ('working', 'waiting', 'needs_permission', 'needs_answer',
      'rate_limited', 'api_down', 'error', 'hibernated', 'exited'))
  )`;
