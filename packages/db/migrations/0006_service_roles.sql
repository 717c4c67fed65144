-- A role for each service, with what its statements need and no more. Without a login: `bun run migrate` gives each one, or an
-- administrator grants the role to a login of their own. Roles belong to the whole cluster, so they may be there already; where this
-- login may not create them it goes on without. All of it can be run again by hand (docs/security.md).
--
-- A column that a later migration adds is read by whoever reads its table. To write it has to be granted there.
DO $$
DECLARE
  service text;
BEGIN
  FOREACH service IN ARRAY ARRAY['millrace_gateway', 'millrace_executor', 'millrace_mcp'] LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', service);
      END IF;
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN NULL; -- Another database's migration was first.
      WHEN insufficient_privilege THEN RAISE NOTICE 'this login may not create the role %', service;
    END;
  END LOOP;
END
$$;--> statement-breakpoint
DO $$
BEGIN
  IF NOT pg_has_role('millrace_mcp', 'millrace_reader', 'MEMBER') THEN
    GRANT millrace_reader TO millrace_mcp; -- What AI clients read, they read as this one.
  END IF;
EXCEPTION
  WHEN undefined_object OR unique_violation THEN NULL;
  WHEN insufficient_privilege THEN RAISE NOTICE 'this login may not grant millrace_reader to millrace_mcp';
END
$$;--> statement-breakpoint
DO $$
DECLARE
  service text;
BEGIN
  FOREACH service IN ARRAY ARRAY['millrace_gateway', 'millrace_executor', 'millrace_mcp'] LOOP
    CONTINUE WHEN NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service);
    EXECUTE format('GRANT USAGE ON SCHEMA public, drizzle TO %I', service);
    -- Which migrations there were: how a service sees that the schema is its own.
    EXECUTE format('GRANT SELECT ON drizzle.__drizzle_migrations TO %I', service);
    EXECUTE format('GRANT SELECT ON tasks, task_attempts, task_steps TO %I', service);
  END LOOP;
  -- Whoever takes submissions: submits, cancels, replays.
  FOREACH service IN ARRAY ARRAY['millrace_gateway', 'millrace_mcp'] LOOP
    CONTINUE WHEN NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service);
    EXECUTE format('GRANT INSERT (id, prompt, model, priority, max_attempts, timeout_ms, system, tools, temperature, max_output_tokens,
      response_format, metadata, idempotency_key, owner, run_at, due_at) ON tasks TO %I', service);
    EXECUTE format('GRANT UPDATE (status, result, error, uncounted_attempts, earlier_attempts, lost_attempts, run_at, due_at, started_at,
      finished_at, usage) ON tasks TO %I', service);
    EXECUTE format('GRANT INSERT (task_id, attempt, outcome, executor, started_at, ended_at, result) ON task_attempts TO %I', service);
    EXECUTE format('GRANT SELECT, DELETE, INSERT (key, request_hash, task_id), UPDATE (request_hash, task_id, created_at)
      ON idempotency_keys TO %I', service);
    EXECUTE format('GRANT SELECT ON api_keys TO %I', service);
  END LOOP;
END
$$;--> statement-breakpoint
DO $$
BEGIN
  -- Claims, renews, writes outcomes and steps, and deletes what is too old (attempts and steps go with their task).
  GRANT DELETE, UPDATE (status, result, error, attempts, uncounted_attempts, lost_attempts, run_at, due_at, executor, started_at,
    attempt_started_at, finished_at, usage) ON tasks TO millrace_executor;
  GRANT INSERT (task_id, attempt, outcome, executor, started_at, ended_at, error) ON task_attempts TO millrace_executor;
  GRANT INSERT, UPDATE (seq) ON task_steps TO millrace_executor;
  GRANT SELECT, DELETE, INSERT (id, model, task_id, attempt, started_at), UPDATE (ended_at) ON model_calls TO millrace_executor;
  GRANT DELETE, SELECT (created_at) ON idempotency_keys TO millrace_executor;
EXCEPTION
  WHEN undefined_object THEN NULL;
END
$$;--> statement-breakpoint
-- To replay a task is to clear its result, and no privilege tells clearing from writing. A policy does. To everybody else row security
-- changes nothing.
DO $$
BEGIN
  CREATE POLICY as_granted ON tasks USING (true) WITH CHECK (true);
  CREATE POLICY cancels_and_replays ON tasks AS RESTRICTIVE FOR UPDATE TO millrace_gateway, millrace_mcp
    USING (true) WITH CHECK (status IN ('PENDING', 'CANCELLED') AND result IS NULL);
  ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
EXCEPTION
  WHEN undefined_object OR duplicate_object THEN NULL;
END
$$;
