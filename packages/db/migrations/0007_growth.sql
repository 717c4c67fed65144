-- Nobody ends a task between the count of those that have ended and the commit.
LOCK TABLE "tasks" IN ACCESS EXCLUSIVE MODE;--> statement-breakpoint
DROP INDEX "tasks_may_be_lost";--> statement-breakpoint
DROP INDEX "tasks_due";--> statement-breakpoint
CREATE INDEX "tasks_due" ON "tasks" USING btree ((case when "status" = 'RUNNING' or "lost_attempts" > 0 then 3 else "lane" end),"due_at") WHERE "tasks"."due_at" is not null;--> statement-breakpoint
CREATE TABLE "finished_counts" (
	"status" "task_status" NOT NULL,
	"count" bigint NOT NULL
);
--> statement-breakpoint
INSERT INTO "finished_counts" SELECT "status", count(*) FROM "tasks" WHERE "finished_at" IS NOT NULL GROUP BY "status";--> statement-breakpoint
-- Whoever deletes tasks, by hand too, has them counted; statements that end tasks count them themselves.
CREATE FUNCTION count_deleted_tasks() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    DELETE FROM finished_counts;
  ELSE
    INSERT INTO finished_counts (status, count)
    SELECT status, -count(*) FROM deleted WHERE finished_at IS NOT NULL GROUP BY status;
  END IF;
  RETURN NULL;
END
$$;--> statement-breakpoint
CREATE TRIGGER count_deleted_tasks AFTER DELETE ON "tasks" REFERENCING OLD TABLE AS deleted
  FOR EACH STATEMENT EXECUTE FUNCTION count_deleted_tasks();--> statement-breakpoint
CREATE TRIGGER count_truncated_tasks AFTER TRUNCATE ON "tasks"
  FOR EACH STATEMENT EXECUTE FUNCTION count_deleted_tasks();--> statement-breakpoint
-- Each task leaves two dead rows. A pass over what changed costs the same whenever it is made: often, and the table stays small.
ALTER TABLE "tasks" SET (autovacuum_vacuum_scale_factor = 0.02);
