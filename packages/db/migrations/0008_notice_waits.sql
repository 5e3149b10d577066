ALTER TABLE "notice_messages" ADD COLUMN "reason_params" jsonb;--> statement-breakpoint
ALTER TABLE "notice_messages" ADD COLUMN "freed_on" date;--> statement-breakpoint
ALTER TABLE "notice_messages" ADD COLUMN "looked_on" date;