import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Suggestions1766300000000 implements MigrationInterface {
  name = 'Suggestions1766300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE suggestion_consents (
         user_id    uuid        NOT NULL CONSTRAINT suggestion_consents_pkey PRIMARY KEY
                                CONSTRAINT suggestion_consents_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
         given      boolean     NOT NULL,
         changed_at timestamptz NOT NULL DEFAULT now(),
         asked_on   date,
         asked      int         NOT NULL DEFAULT 0
       )`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE suggestion_consents');
  }
}
