ALTER TABLE "access_tokens" RENAME TO "api_keys";--> statement-breakpoint
ALTER TABLE "api_keys" RENAME COLUMN "token_hash" TO "key_hash";--> statement-breakpoint
ALTER TABLE "api_keys" RENAME CONSTRAINT "access_tokens_token_hash_unique" TO "api_keys_key_hash_unique";--> statement-breakpoint
ALTER INDEX "access_tokens_pkey" RENAME TO "api_keys_pkey";--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "owner" text;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "rate_limit" integer;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "max_open_tasks" integer;--> statement-breakpoint
-- Tokens made before there were owners saw every task, and go on seeing them.
UPDATE "api_keys" SET "owner" = "name", "scopes" = "scopes" || '["admin"]'::jsonb;--> statement-breakpoint
ALTER TABLE "api_keys" ALTER COLUMN "owner" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "owner" text;--> statement-breakpoint
CREATE INDEX "tasks_owner" ON "tasks" USING btree ("owner","id") WHERE "tasks"."owner" is not null;--> statement-breakpoint
CREATE INDEX "tasks_owner_status" ON "tasks" USING btree ("owner","status","id") WHERE "tasks"."owner" is not null and "tasks"."status" <> 'COMPLETED';
