-- The role that AI clients' reading runs under. Roles belong to the whole cluster, so it may be there already. A login that may not
-- create or grant it goes on without: the MCP service then says so, and docs/mcp.md says what an administrator can do.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'millrace_reader') THEN
    CREATE ROLE millrace_reader NOLOGIN;
  END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL; -- Another database's migration was first.
  WHEN insufficient_privilege THEN RAISE NOTICE 'this login may not create the role millrace_reader';
END
$$;--> statement-breakpoint
DO $$
BEGIN
  -- Whoever creates a role may not become it by that alone. A superuser may become anyone.
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND rolsuper) THEN
    GRANT millrace_reader TO CURRENT_USER;
  END IF;
EXCEPTION
  WHEN undefined_object THEN NULL;
  WHEN insufficient_privilege THEN RAISE NOTICE 'this login may not become millrace_reader';
END
$$;--> statement-breakpoint
DO $$
BEGIN
  GRANT USAGE ON SCHEMA public TO millrace_reader;
  GRANT SELECT ON tasks, task_attempts, task_steps TO millrace_reader;
EXCEPTION
  WHEN undefined_object THEN NULL;
END
$$;
