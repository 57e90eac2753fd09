import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ClaudeRequests1766000000000 implements MigrationInterface {
  name = 'ClaudeRequests1766000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `CREATE TABLE claude_requests (
     id                 uuid        NOT NULL CONSTRAINT claude_requests_pkey PRIMARY KEY,
     day                date        NOT NULL,
     at                 timestamptz NOT NULL,
     node               text        NOT NULL,
     user_id            uuid        NOT NULL,
     project_id         text        NOT NULL,
     session_id         text        NOT NULL,
     purpose            text        NOT NULL,
     model              text        NOT NULL,
     input_tokens       bigint      NOT NULL,
     output_tokens      bigint      NOT NULL,
     cache_read_tokens  bigint      NOT NULL,
     cache_write_tokens bigint      NOT NULL,
     cost_nano          bigint      NOT NULL,
     complete           boolean     NOT NULL
   )`,
  'CREATE INDEX claude_requests_day_idx ON claude_requests (day)',
  'CREATE INDEX claude_requests_user_id_day_idx ON claude_requests (user_id, day)',
];

const DOWN = ['DROP TABLE claude_requests'];
