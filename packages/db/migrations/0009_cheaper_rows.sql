-- Whoever submits a task writes its lane too. Services of the version before do not: for rescues, their tasks are of the normal lane.
ALTER TABLE "tasks" ALTER COLUMN "lane" DROP EXPRESSION;--> statement-breakpoint
ALTER TABLE "tasks" ALTER COLUMN "lane" SET DEFAULT 1;--> statement-breakpoint
-- The check says what these two said, so the rows that are there satisfy it and need not be read.
ALTER TABLE "tasks" DROP CONSTRAINT "tasks_finished_at_when_finished";--> statement-breakpoint
ALTER TABLE "tasks" DROP CONSTRAINT "tasks_due_until_finished";--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_due_until_finished" CHECK (("tasks"."status" < 'COMPLETED') = ("tasks"."due_at" is not null) and ("tasks"."due_at" is null) = ("tasks"."finished_at" is not null)) NOT VALID;
