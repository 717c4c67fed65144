CREATE TYPE "public"."step_kind" AS ENUM('model', 'tool');--> statement-breakpoint
CREATE TABLE "model_calls" (
	"id" uuid PRIMARY KEY NOT NULL,
	"model" text NOT NULL,
	"task_id" uuid NOT NULL,
	"attempt" integer NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "task_steps" (
	"task_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"attempt" integer NOT NULL,
	"kind" "step_kind" NOT NULL,
	"name" text NOT NULL,
	"arguments" jsonb NOT NULL,
	"output" text NOT NULL,
	"tool_calls" jsonb NOT NULL,
	"tool_call_id" text,
	"error" jsonb,
	"finish_reason" text,
	"usage" jsonb,
	"started_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone NOT NULL,
	CONSTRAINT "task_steps_task_id_seq_pk" PRIMARY KEY("task_id","seq")
);
--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "earlier_attempts" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "system" text;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "tools" jsonb;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "temperature" double precision;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "max_output_tokens" integer;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "response_format" json;--> statement-breakpoint
ALTER TABLE "task_steps" ADD CONSTRAINT "task_steps_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "model_calls_model" ON "model_calls" USING btree ("model","started_at");