CREATE TABLE "disputes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"receivable_id" uuid NOT NULL,
	"category" text DEFAULT 'other' NOT NULL,
	"reason" text NOT NULL,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"opened_by" uuid,
	"result" text,
	"resolution" text,
	"ended_at" timestamp (3) with time zone,
	"ended_by" uuid
);
--> statement-breakpoint
ALTER TABLE "disputes" ADD CONSTRAINT "disputes_receivable_id_receivables_id_fk" FOREIGN KEY ("receivable_id") REFERENCES "public"."receivables"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "disputes" ADD CONSTRAINT "disputes_opened_by_users_id_fk" FOREIGN KEY ("opened_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "disputes" ADD CONSTRAINT "disputes_ended_by_users_id_fk" FOREIGN KEY ("ended_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "disputes_receivable" ON "disputes" USING btree ("receivable_id","opened_at");--> statement-breakpoint
CREATE UNIQUE INDEX "disputes_standing" ON "disputes" USING btree ("receivable_id") WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX "contact_attempts_newest" ON "contact_attempts" USING btree ("at");--> statement-breakpoint
CREATE INDEX "follow_ups_opened" ON "follow_ups" USING btree ("created_at") WHERE created_by is not null;--> statement-breakpoint
CREATE INDEX "follow_ups_ended" ON "follow_ups" USING btree ("ended_at") WHERE ended_at is not null;--> statement-breakpoint
CREATE INDEX "postponements_newest" ON "postponements" USING btree ("postponed_at");--> statement-breakpoint
CREATE INDEX "promises_newest" ON "promises" USING btree ("due_on","id");--> statement-breakpoint
CREATE INDEX "promises_recorded" ON "promises" USING btree ("created_at");--> statement-breakpoint
INSERT INTO "disputes" ("id", "receivable_id", "reason", "opened_at") SELECT gen_random_uuid(), "id", coalesce(nullif("dispute_reason", ''), '-'), "disputed_at" FROM "receivables" WHERE "disputed_at" IS NOT NULL;