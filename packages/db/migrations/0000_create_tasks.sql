CREATE TYPE "public"."task_status" AS ENUM('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED');--> statement-breakpoint
CREATE TABLE "tasks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"prompt" text NOT NULL,
	"model" text NOT NULL,
	"priority" smallint NOT NULL,
	"lane" smallint GENERATED ALWAYS AS (case when priority >= 7 then 0 when priority >= 4 then 1 else 2 end) STORED NOT NULL,
	"status" "task_status" DEFAULT 'PENDING' NOT NULL,
	"result" jsonb,
	"error" jsonb,
	"attempts" integer DEFAULT 0 NOT NULL,
	"max_attempts" integer NOT NULL,
	"timeout_ms" integer NOT NULL,
	"run_at" timestamp with time zone NOT NULL,
	"due_at" timestamp with time zone,
	"executor" text,
	"metadata" jsonb NOT NULL,
	"idempotency_key" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"usage" jsonb,
	CONSTRAINT "tasks_priority_range" CHECK ("tasks"."priority" between 0 and 9),
	CONSTRAINT "tasks_due_until_finished" CHECK (("tasks"."due_at" is not null) = ("tasks"."status" in ('PENDING', 'RUNNING'))),
	CONSTRAINT "tasks_finished_at_when_finished" CHECK (("tasks"."finished_at" is null) = ("tasks"."status" in ('PENDING', 'RUNNING')))
);
--> statement-breakpoint
CREATE INDEX "tasks_due" ON "tasks" USING btree ("lane","due_at") WHERE "tasks"."due_at" is not null;--> statement-breakpoint
CREATE INDEX "tasks_unsuccessful" ON "tasks" USING btree ("status","id") WHERE "tasks"."status" in ('FAILED', 'CANCELLED');--> statement-breakpoint
CREATE INDEX "tasks_finished" ON "tasks" USING brin ("finished_at") WITH (autosummarize=true);