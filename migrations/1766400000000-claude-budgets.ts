import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ClaudeBudgets1766400000000 implements MigrationInterface {
  name = 'ClaudeBudgets1766400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE claude_budgets (
         id         bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT claude_budgets_pkey PRIMARY KEY,
         user_id    uuid        CONSTRAINT claude_budgets_user_id_key UNIQUE
                                CONSTRAINT claude_budgets_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
         project_id text        CONSTRAINT claude_budgets_project_id_key UNIQUE
                                CONSTRAINT claude_budgets_project_id_fkey REFERENCES projects (id) ON DELETE CASCADE,
         daily_usd  double precision,
         changed_at timestamptz NOT NULL DEFAULT now(),
         changed_by uuid        CONSTRAINT claude_budgets_changed_by_fkey REFERENCES users (id) ON DELETE SET NULL,
         CONSTRAINT claude_budgets_subject_check CHECK (num_nonnulls(user_id, project_id) = 1)
       )`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE claude_budgets');
  }
}
