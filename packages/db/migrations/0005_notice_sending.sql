CREATE TABLE "notice_workers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"host" text NOT NULL,
	"epoch" text,
	"state" text NOT NULL,
	"reason" text,
	"detail" text,
	"started_at" timestamp (3) with time zone NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "installation_epoch" ADD COLUMN "beat" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "notice_messages_sender_due" ON "notice_messages" USING btree ("sender_id","next_attempt_at") WHERE state in ('planned', 'deferred');--> statement-breakpoint
CREATE INDEX "notice_messages_sent" ON "notice_messages" USING btree ("sent_at") WHERE sent_at is not null;