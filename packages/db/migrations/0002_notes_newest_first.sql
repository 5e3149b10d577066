DROP INDEX "notes_customer";--> statement-breakpoint
DROP INDEX "notes_author";--> statement-breakpoint
DROP INDEX "notes_newest";--> statement-breakpoint
CREATE INDEX "notes_customer" ON "notes" USING btree ("customer_id","created_at","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "notes_author" ON "notes" USING btree ("author_id","created_at","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "notes_newest" ON "notes" USING btree ("created_at","id") WHERE deleted_at is null;