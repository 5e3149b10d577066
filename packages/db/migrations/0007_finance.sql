CREATE TABLE "bank_details" (
	"id" uuid PRIMARY KEY NOT NULL,
	"accounts" jsonb NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"proposed_by" uuid NOT NULL,
	"proposed_at" timestamp (3) with time zone NOT NULL,
	"decided_by" uuid,
	"decided_at" timestamp (3) with time zone,
	"replaced_at" timestamp (3) with time zone,
	CONSTRAINT "bank_details_two_people" CHECK ("bank_details"."state" not in ('confirmed', 'replaced') or ("bank_details"."decided_by" is not null and "bank_details"."decided_by" <> "bank_details"."proposed_by"))
);
--> statement-breakpoint
CREATE TABLE "digest_recipients" (
	"user_id" uuid PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE "finance_settings" (
	"id" smallint PRIMARY KEY DEFAULT 1 NOT NULL,
	"digest_on" boolean DEFAULT true NOT NULL,
	"digest_at" text DEFAULT '07:30' NOT NULL,
	"silent_minutes" integer DEFAULT 60 NOT NULL,
	"worker_minutes" integer DEFAULT 5 NOT NULL,
	"failed_count" integer DEFAULT 10 NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "finance_settings_single_row" CHECK ("finance_settings"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "notice_alarms" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"subject" text DEFAULT '' NOT NULL,
	"facts" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"closed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "staff_mails" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"about" text NOT NULL,
	"user_id" uuid NOT NULL,
	"day" date,
	"state" text NOT NULL,
	"message_id" text NOT NULL,
	"source" "bytea",
	"response" text,
	"attempt" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone,
	"claim_token" uuid,
	"lease_until" timestamp (3) with time zone,
	"sent_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "worker_beats" (
	"worker_id" uuid PRIMARY KEY NOT NULL,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"beat_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "bank_details" ADD CONSTRAINT "bank_details_proposed_by_users_id_fk" FOREIGN KEY ("proposed_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "bank_details" ADD CONSTRAINT "bank_details_decided_by_users_id_fk" FOREIGN KEY ("decided_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "digest_recipients" ADD CONSTRAINT "digest_recipients_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "staff_mails" ADD CONSTRAINT "staff_mails_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "bank_details_one_proposed" ON "bank_details" USING btree ("state") WHERE state = 'proposed';--> statement-breakpoint
CREATE UNIQUE INDEX "bank_details_one_confirmed" ON "bank_details" USING btree ("state") WHERE state = 'confirmed';--> statement-breakpoint
CREATE UNIQUE INDEX "notice_alarms_open" ON "notice_alarms" USING btree ("kind","subject") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "notice_alarms_opened" ON "notice_alarms" USING btree ("opened_at");--> statement-breakpoint
CREATE UNIQUE INDEX "staff_mails_once" ON "staff_mails" USING btree ("kind","about","user_id");--> statement-breakpoint
CREATE INDEX "staff_mails_due" ON "staff_mails" USING btree ("next_attempt_at") WHERE state in ('waiting', 'claimed', 'dispatching');--> statement-breakpoint
CREATE INDEX "worker_beats_at" ON "worker_beats" USING btree ("beat_at");