-- What the services' roles may do with the counts of finished tasks. It can be run again by hand (docs/security.md).
DO $$
DECLARE
  service text;
BEGIN
  FOREACH service IN ARRAY ARRAY['millrace_gateway', 'millrace_executor', 'millrace_mcp', 'millrace_reader'] LOOP
    CONTINUE WHEN NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service);
    EXECUTE format('GRANT SELECT ON finished_counts TO %I', service);
    CONTINUE WHEN service = 'millrace_reader';
    EXECUTE format('GRANT INSERT ON finished_counts TO %I', service);
  END LOOP;
END
$$;--> statement-breakpoint
DO $$
BEGIN
  GRANT DELETE, UPDATE (count) ON finished_counts TO millrace_executor; -- Locking what it adds up takes UPDATE.
EXCEPTION
  WHEN undefined_object THEN NULL;
END
$$;
