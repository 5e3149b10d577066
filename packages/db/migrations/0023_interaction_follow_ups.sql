ALTER TABLE "interactions" DROP CONSTRAINT "interactions_follow_up_id_follow_ups_id_fk";
--> statement-breakpoint
DROP INDEX "interactions_follow_up";--> statement-breakpoint
ALTER TABLE "follow_ups" ADD COLUMN "interaction_id" uuid;--> statement-breakpoint
ALTER TABLE "follow_ups" ADD CONSTRAINT "follow_ups_interaction_id_interactions_id_fk" FOREIGN KEY ("interaction_id") REFERENCES "public"."interactions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "follow_ups_interaction" ON "follow_ups" USING btree ("interaction_id") WHERE interaction_id is not null;--> statement-breakpoint
UPDATE "follow_ups" SET "interaction_id" = "interactions"."id" FROM "interactions" WHERE "interactions"."follow_up_id" = "follow_ups"."id";--> statement-breakpoint
ALTER TABLE "interactions" DROP COLUMN "follow_up_id";