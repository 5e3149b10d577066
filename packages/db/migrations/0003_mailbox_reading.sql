CREATE TABLE "company_logo" (
	"id" smallint PRIMARY KEY DEFAULT 1 NOT NULL,
	"content" "bytea" NOT NULL,
	"width" integer NOT NULL,
	"height" integer NOT NULL,
	"hash" text NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "company_logo_single_row" CHECK ("company_logo"."id" = 1)
);
--> statement-breakpoint
ALTER TABLE "mail_accounts" ALTER COLUMN "imap_last_uid" SET DATA TYPE bigint;--> statement-breakpoint
ALTER TABLE "company" ADD COLUMN "payment_url" text;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "imap_stopped_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "imap_lease_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "imap_failures" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "handshake_code" text;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "handshake_message_id" text;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "handshake_sent_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "handshake_tries" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "paused_by" uuid;