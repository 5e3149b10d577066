ALTER TABLE "notice_items" ADD COLUMN "may_have_left" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "notice_messages" ADD COLUMN "written_on" date;--> statement-breakpoint
UPDATE "notice_messages" SET "written_on" = ("created_at" AT TIME ZONE coalesce((SELECT "time_zone" FROM "company" LIMIT 1), 'UTC'))::date;--> statement-breakpoint
ALTER TABLE "notice_messages" ALTER COLUMN "written_on" SET NOT NULL;--> statement-breakpoint
-- Items that were set aside from a message that had been handed over: the first event of their message names it.
UPDATE "notice_items" i SET "may_have_left" = true
FROM "notice_events" e
JOIN "notice_messages" o ON o."message_id" = e."detail" ->> 'text'
WHERE e."message_id" = i."message_id" AND e."from_state" IS NULL AND e."detail" IS NOT NULL
  AND EXISTS (SELECT 1 FROM "notice_events" d WHERE d."message_id" = o."id" AND d."to_state" = 'dispatching');--> statement-breakpoint
CREATE INDEX "follow_ups_type" ON "follow_ups" USING btree ("type_id");
