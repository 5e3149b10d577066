ALTER TABLE "mail_accounts" ADD COLUMN "connect_failures" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "unreachable_until" timestamp (3) with time zone;