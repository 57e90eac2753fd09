import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What happened, for ever: rows are added and never changed. Months are partitions, so that what is beyond its retention goes as a
 * whole. TypeORM knows no partitions: these tables have no entities.
 */
export class Audit1765000000000 implements MigrationInterface {
  name = 'Audit1765000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

/** Of the cluster, not of the database: another installation may have made it, and it stays. */
const WRITER = 'holdfast_audit';

const UP = [
  `CREATE TABLE audit_events (
     stream      text           NOT NULL,
     seq         bigint         NOT NULL,
     at          timestamptz(3) NOT NULL,
     node        text           NOT NULL,
     code        text           NOT NULL,
     outcome     text           NOT NULL,
     reason      text,
     actor_id    text,
     actor_email text,
     actor_role  text,
     login_id    text,
     ip          text,
     user_agent  text,
     request_id  text,
     target_kind text,
     target_id   text,
     data        jsonb          NOT NULL,
     prev        text           NOT NULL,
     mac         text           NOT NULL,
     CONSTRAINT audit_events_pkey PRIMARY KEY (stream, seq, at)
   ) PARTITION BY RANGE (at)`,
  `CREATE INDEX audit_events_at_idx ON audit_events (at, stream, seq)`,
  `CREATE INDEX audit_events_code_at_idx ON audit_events (code, at)`,
  `CREATE INDEX audit_events_actor_id_at_idx ON audit_events (actor_id, at)`,
  `CREATE INDEX audit_events_target_id_at_idx ON audit_events (target_id, at)`,

  `CREATE TABLE audit_checkpoints (
     stream    text           NOT NULL,
     first_seq bigint         NOT NULL,
     last_seq  bigint         NOT NULL,
     last_mac  text           NOT NULL,
     month     date           NOT NULL,
     made_at   timestamptz(3) NOT NULL,
     signature text           NOT NULL,
     CONSTRAINT audit_checkpoints_pkey PRIMARY KEY (stream, first_seq)
   )`,

  `CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     RAISE EXCEPTION 'The audit log only grows: % on % is refused.', TG_OP, TG_TABLE_NAME USING ERRCODE = '42501';
   END $$`,
  ...['audit_events', 'audit_checkpoints'].flatMap((table) => [
    `CREATE TRIGGER ${table}_no_change BEFORE UPDATE OR DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION audit_refuse()`,
    `CREATE TRIGGER ${table}_no_truncate BEFORE TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()`,
  ]),

  // Triggers of statements are not inherited by partitions, those of rows are.
  `CREATE FUNCTION audit_ensure_month(month date) RETURNS void LANGUAGE plpgsql AS $$
   DECLARE
     first_day date := date_trunc('month', month)::date;
     partition text := 'audit_events_' || to_char(first_day, 'YYYY_MM');
   BEGIN
     IF to_regclass(partition) IS NOT NULL THEN RETURN; END IF;
     PERFORM pg_advisory_xact_lock(hashtext('holdfast audit partitions'));
     IF to_regclass(partition) IS NOT NULL THEN RETURN; END IF;
     EXECUTE format('CREATE TABLE %I PARTITION OF audit_events FOR VALUES FROM (%L) TO (%L)', partition,
                    to_char(first_day, 'YYYY-MM-DD') || ' 00:00:00+00',
                    to_char(first_day + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00');
     EXECUTE format('CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT
                     EXECUTE FUNCTION audit_refuse()', partition);
   END $$`,

  // A role that can add and read, and nothing else. Where it cannot be made, the triggers are what there is.
  // Both for the rest of a transaction. Whoever connects may be somebody else by a setting of theirs.
  `CREATE FUNCTION audit_become_writer() RETURNS void LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM set_config('holdfast.role_before', current_setting('role'), true);
     BEGIN
       PERFORM set_config('role', '${WRITER}', true);
     EXCEPTION WHEN OTHERS THEN NULL;
     END;
   END $$`,
  `CREATE FUNCTION audit_become_oneself() RETURNS void LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM set_config('role', current_setting('holdfast.role_before'), true);
   END $$`,
  `DO $$
   BEGIN
     IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${WRITER}') THEN CREATE ROLE ${WRITER} NOLOGIN; END IF;
     EXECUTE format('GRANT ${WRITER} TO %I', current_user);
   EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN
     RAISE NOTICE 'No role ${WRITER}: events are written as %.', current_user;
   END $$`,
  `DO $$
   BEGIN
     IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${WRITER}') THEN RETURN; END IF;
     EXECUTE format('GRANT USAGE ON SCHEMA %I TO ${WRITER}', current_schema());
     GRANT SELECT, INSERT ON audit_events, audit_checkpoints TO ${WRITER};
     GRANT EXECUTE ON FUNCTION audit_become_oneself() TO ${WRITER};
   EXCEPTION WHEN insufficient_privilege THEN
     RAISE NOTICE 'The role ${WRITER} gets no rights here.';
   END $$`,
];

const DOWN = [
  `DROP TABLE audit_events`,
  `DROP TABLE audit_checkpoints`,
  `DROP FUNCTION audit_become_writer()`,
  `DROP FUNCTION audit_become_oneself()`,
  `DROP FUNCTION audit_ensure_month(date)`,
  `DROP FUNCTION audit_refuse()`,
];
