DROP INDEX "interaction_entries_name";--> statement-breakpoint
ALTER TABLE "interaction_entries" ADD COLUMN "entry_key" text collate "C" GENERATED ALWAYS AS (translate(lower(coalesce(entry_name, '')), 'áàäâãåéèëêíìïîóòöôõúùüûñç', 'aaaaaaeeeeiiiiooooouuuunc')) STORED NOT NULL;--> statement-breakpoint
ALTER TABLE "interactions" ADD COLUMN "last_entry_name" text NOT NULL;--> statement-breakpoint
ALTER TABLE "interactions" ADD COLUMN "last_entry_key" text collate "C" GENERATED ALWAYS AS (translate(lower(coalesce(last_entry_name, '')), 'áàäâãåéèëêíìïîóòöôõúùüûñç', 'aaaaaaeeeeiiiiooooouuuunc')) STORED NOT NULL;--> statement-breakpoint
CREATE INDEX "interaction_entries_newest" ON "interaction_entries" USING btree ("written_at","id");--> statement-breakpoint
CREATE INDEX "interactions_entry_name" ON "interactions" USING btree ("last_entry_key","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "interactions_happened" ON "interactions" USING btree ("happened_at","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "interactions_follow_up" ON "interactions" USING btree ("follow_up_id") WHERE follow_up_id is not null;--> statement-breakpoint
CREATE INDEX "interaction_entries_name" ON "interaction_entries" USING btree ("entry_key","written_at","id");