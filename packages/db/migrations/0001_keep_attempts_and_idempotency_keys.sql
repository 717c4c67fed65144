CREATE TYPE "public"."attempt_outcome" AS ENUM('COMPLETED', 'FAILED', 'LOST', 'RELEASED', 'CANCELLED');--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"key" text PRIMARY KEY NOT NULL,
	"request_hash" text NOT NULL,
	"task_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "task_attempts" (
	"task_id" uuid NOT NULL,
	"attempt" integer NOT NULL,
	"outcome" "attempt_outcome" NOT NULL,
	"executor" text NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone NOT NULL,
	"error" jsonb,
	"result" jsonb,
	CONSTRAINT "task_attempts_task_id_attempt_pk" PRIMARY KEY("task_id","attempt")
);
--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "uncounted_attempts" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "lost_attempts" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "attempt_started_at" timestamp with time zone;--> statement-breakpoint
-- Attempts from before go into the history like others, which has a beginning for each.
UPDATE "tasks" SET "attempt_started_at" = "started_at" WHERE "started_at" IS NOT NULL;--> statement-breakpoint
ALTER TABLE "task_attempts" ADD CONSTRAINT "task_attempts_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idempotency_keys_created" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "tasks_may_be_lost" ON "tasks" USING btree ("due_at") WHERE "tasks"."due_at" is not null and ("tasks"."status" = 'RUNNING' or "tasks"."lost_attempts" > 0);