-- Whoever takes submissions writes their lane. It can be run again by hand (docs/security.md).
DO $$
DECLARE
  service text;
BEGIN
  FOREACH service IN ARRAY ARRAY['millrace_gateway', 'millrace_mcp'] LOOP
    CONTINUE WHEN NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service);
    EXECUTE format('GRANT INSERT (lane) ON tasks TO %I', service);
  END LOOP;
END
$$;
