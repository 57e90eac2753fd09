import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What lets writes arrive late, twice and out of order without harm; and what happened to each session. */
export class Outbox1764100000000 implements MigrationInterface {
  name = 'Outbox1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `ALTER TABLE sessions
     ADD COLUMN state_version int NOT NULL DEFAULT 0,
     ADD COLUMN title_at      timestamptz`,
  `UPDATE sessions SET state_version = CASE status WHEN 'running' THEN 2 WHEN 'ended' THEN 3 ELSE 0 END`,

  `CREATE TABLE session_events (
     id          uuid        NOT NULL CONSTRAINT session_events_pkey PRIMARY KEY,
     storage_key text        NOT NULL CONSTRAINT session_events_storage_key_fkey REFERENCES sessions ON DELETE CASCADE,
     at          timestamptz NOT NULL,
     kind        text        NOT NULL,
     data        jsonb       NOT NULL
   )`,
  `CREATE INDEX session_events_storage_key_at_id_idx ON session_events (storage_key, at, id)`,
];

const DOWN = [
  `DROP TABLE session_events`,
  `ALTER TABLE sessions
     DROP COLUMN state_version,
     DROP COLUMN title_at`,
];
