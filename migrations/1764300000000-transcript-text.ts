import type { MigrationInterface, QueryRunner } from 'typeorm';

export class TranscriptText1764300000000 implements MigrationInterface {
  name = 'TranscriptText1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  // Trusted since PostgreSQL 13: it takes the right to create in the database, not a superuser.
  `CREATE EXTENSION IF NOT EXISTS pg_trgm`,

  `CREATE TABLE transcript_text (
     id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT transcript_text_pkey PRIMARY KEY,
     storage_key  text        NOT NULL CONSTRAINT transcript_text_storage_key_fkey REFERENCES sessions ON DELETE CASCADE,
     epoch        text        NOT NULL,
     from_offset  bigint      NOT NULL,
     to_offset    bigint      NOT NULL,
     said_at      timestamptz NOT NULL,
     body         text        NOT NULL,
     folded       text        NOT NULL,
     line_offsets int[]       NOT NULL
   )`,
  `CREATE UNIQUE INDEX transcript_text_place_key ON transcript_text (storage_key, epoch, from_offset)`,
  `CREATE INDEX transcript_text_said_at_idx ON transcript_text (said_at, id)`,
  `CREATE INDEX transcript_text_folded_idx ON transcript_text USING gin (folded gin_trgm_ops)`,

  `CREATE TABLE transcript_positions (
     storage_key   text        NOT NULL CONSTRAINT transcript_positions_storage_key_fkey REFERENCES sessions ON DELETE CASCADE,
     epoch         text        NOT NULL,
     resume_offset bigint      NOT NULL DEFAULT 0,
     resume_state  int         NOT NULL DEFAULT 0,
     indexed_to    bigint      NOT NULL DEFAULT 0,
     claimed_by    uuid,
     claimed_until timestamptz,
     CONSTRAINT transcript_positions_pkey PRIMARY KEY (storage_key, epoch)
   )`,
];

// The extension stays: others may use it by now.
const DOWN = ['transcript_positions', 'transcript_text'].map((table) => `DROP TABLE ${table}`);
