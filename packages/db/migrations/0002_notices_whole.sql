CREATE TABLE "contact_attempts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"customer_id" uuid NOT NULL,
	"channel" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"outcome" text,
	"recorded_by" uuid,
	"notice_message_id" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "customer_groups" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "mail_address_flags" (
	"address" text PRIMARY KEY NOT NULL,
	"reason" text NOT NULL,
	"detail" text,
	"flagged_at" timestamp (3) with time zone NOT NULL,
	"notice_message_id" uuid
);
--> statement-breakpoint
CREATE TABLE "mailbox_messages" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"notice_message_id" uuid,
	"customer_id" uuid,
	"message_id" text NOT NULL,
	"from_address" text NOT NULL,
	"subject" text NOT NULL,
	"body" text NOT NULL,
	"failed_address" text DEFAULT '' NOT NULL,
	"permanent" boolean,
	"diagnostic" text,
	"received_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notice_amounts" (
	"currency" char(3) PRIMARY KEY NOT NULL,
	"tolerance_minor" bigint DEFAULT 0 NOT NULL,
	"least_minor" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notice_group_settings" (
	"group_id" uuid PRIMARY KEY NOT NULL,
	"subject" text,
	"active" boolean,
	"reminder_on" boolean,
	"reminder_rule_ids" uuid[],
	"overdue_on" boolean,
	"overdue_rule_ids" uuid[],
	"send_to_contacts" boolean,
	"reminder_body" text,
	"overdue_body" text,
	"tone" text,
	"attach_statement" boolean,
	"version" integer DEFAULT 1 NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notice_pauses" (
	"id" uuid PRIMARY KEY NOT NULL,
	"customer_id" uuid NOT NULL,
	"receivable_id" uuid,
	"until_on" date NOT NULL,
	"reason" text NOT NULL,
	"paused_by" uuid,
	"ended_at" timestamp (3) with time zone,
	"ended_by" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notice_receivable_settings" (
	"receivable_id" uuid PRIMARY KEY NOT NULL,
	"active" boolean,
	"reminder_on" boolean,
	"reminder_rule_ids" uuid[],
	"overdue_on" boolean,
	"overdue_rule_ids" uuid[],
	"version" integer DEFAULT 1 NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notice_templates" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"level" smallint NOT NULL,
	"language" char(2) NOT NULL,
	"tone" text NOT NULL,
	"subject" text NOT NULL,
	"body" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "notice_templates_level" CHECK ("notice_templates"."level" between 1 and 4)
);
--> statement-breakpoint
CREATE TABLE "balance_sources" (
	"name" text PRIMARY KEY NOT NULL,
	"as_of" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "promise_items" (
	"promise_id" uuid NOT NULL,
	"receivable_id" uuid NOT NULL,
	"amount_minor" bigint NOT NULL,
	CONSTRAINT "promise_items_promise_id_receivable_id_pk" PRIMARY KEY("promise_id","receivable_id")
);
--> statement-breakpoint
CREATE TABLE "promises" (
	"id" uuid PRIMARY KEY NOT NULL,
	"customer_id" uuid NOT NULL,
	"promised_on" date NOT NULL,
	"due_on" date NOT NULL,
	"grace_until" date NOT NULL,
	"currency" char(3) NOT NULL,
	"amount_minor" bigint NOT NULL,
	"source" text DEFAULT 'agent' NOT NULL,
	"contact_id" uuid,
	"comment" text,
	"state" text DEFAULT 'open' NOT NULL,
	"end_reason" text,
	"ended_at" timestamp (3) with time zone,
	"ended_by" uuid,
	"recorded_by" uuid,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "promises_amount" CHECK ("promises"."amount_minor" > 0)
);
--> statement-breakpoint
CREATE TABLE "receivable_extensions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"receivable_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"from_due_on" date NOT NULL,
	"to_due_on" date NOT NULL,
	"reason" text NOT NULL,
	"granted_by" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "receivable_extensions_later" CHECK ("receivable_extensions"."to_due_on" > "receivable_extensions"."from_due_on")
);
--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "group_id" uuid;--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "notices_paused_until" date;--> statement-breakpoint
ALTER TABLE "follow_ups" ADD COLUMN "origin_key" text;--> statement-breakpoint
ALTER TABLE "notice_messages" ADD COLUMN "level" smallint DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "notice_rule_versions" ADD COLUMN "level" smallint DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "notice_rule_versions" ADD COLUMN "repeat_every_days" integer;--> statement-breakpoint
ALTER TABLE "notice_rule_versions" ADD COLUMN "repeat_times" integer;--> statement-breakpoint
ALTER TABLE "notice_rules" ADD COLUMN "level" smallint DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "notice_rules" ADD COLUMN "repeat_every_days" integer;--> statement-breakpoint
ALTER TABLE "notice_rules" ADD COLUMN "repeat_times" integer;--> statement-breakpoint
ALTER TABLE "notice_settings" ADD COLUMN "tone" text;--> statement-breakpoint
ALTER TABLE "notice_settings" ADD COLUMN "attach_statement" boolean;--> statement-breakpoint
ALTER TABLE "company" ADD COLUMN "notice_tone" text DEFAULT 'formal' NOT NULL;--> statement-breakpoint
ALTER TABLE "company" ADD COLUMN "notice_combined" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "company" ADD COLUMN "notice_attach_statement" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "company" ADD COLUMN "notice_interval_days" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "company" ADD COLUMN "notice_send_from" text DEFAULT '00:00' NOT NULL;--> statement-breakpoint
ALTER TABLE "company" ADD COLUMN "notice_send_until" text DEFAULT '24:00' NOT NULL;--> statement-breakpoint
ALTER TABLE "company" ADD COLUMN "notice_freshness_hours" integer;--> statement-breakpoint
ALTER TABLE "company" ADD COLUMN "promise_grace_days" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "company" ADD COLUMN "contact_policy" jsonb;--> statement-breakpoint
ALTER TABLE "company" ADD COLUMN "notice_domain_hourly_cap" integer;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "auth_method" text DEFAULT 'password' NOT NULL;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "oauth_token_url" text;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "oauth_client_id" text;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "oauth_client_secret_encrypted" text;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "oauth_refresh_token_encrypted" text;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "daily_cap" integer;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "imap_host" text;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "imap_port" integer;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "imap_security" text;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "imap_folder" text;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "imap_uid_validity" text;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "imap_last_uid" integer;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "imap_read_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD COLUMN "imap_error" text;--> statement-breakpoint
ALTER TABLE "receivables" ADD COLUMN "promised_until" date;--> statement-breakpoint
ALTER TABLE "receivables" ADD COLUMN "notices_paused_until" date;--> statement-breakpoint
ALTER TABLE "receivables" ADD COLUMN "extensions" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "receivables" ADD COLUMN "source_name" text;--> statement-breakpoint
ALTER TABLE "contact_attempts" ADD CONSTRAINT "contact_attempts_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "contact_attempts" ADD CONSTRAINT "contact_attempts_recorded_by_users_id_fk" FOREIGN KEY ("recorded_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mailbox_messages" ADD CONSTRAINT "mailbox_messages_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mailbox_messages" ADD CONSTRAINT "mailbox_messages_notice_message_id_notice_messages_id_fk" FOREIGN KEY ("notice_message_id") REFERENCES "public"."notice_messages"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mailbox_messages" ADD CONSTRAINT "mailbox_messages_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice_group_settings" ADD CONSTRAINT "notice_group_settings_group_id_customer_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."customer_groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice_pauses" ADD CONSTRAINT "notice_pauses_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice_pauses" ADD CONSTRAINT "notice_pauses_receivable_id_receivables_id_fk" FOREIGN KEY ("receivable_id") REFERENCES "public"."receivables"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice_pauses" ADD CONSTRAINT "notice_pauses_paused_by_users_id_fk" FOREIGN KEY ("paused_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice_receivable_settings" ADD CONSTRAINT "notice_receivable_settings_receivable_id_receivables_id_fk" FOREIGN KEY ("receivable_id") REFERENCES "public"."receivables"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "promise_items" ADD CONSTRAINT "promise_items_promise_id_promises_id_fk" FOREIGN KEY ("promise_id") REFERENCES "public"."promises"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "promise_items" ADD CONSTRAINT "promise_items_receivable_id_receivables_id_fk" FOREIGN KEY ("receivable_id") REFERENCES "public"."receivables"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "promises" ADD CONSTRAINT "promises_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "promises" ADD CONSTRAINT "promises_contact_id_contacts_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "promises" ADD CONSTRAINT "promises_recorded_by_users_id_fk" FOREIGN KEY ("recorded_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "receivable_extensions" ADD CONSTRAINT "receivable_extensions_receivable_id_receivables_id_fk" FOREIGN KEY ("receivable_id") REFERENCES "public"."receivables"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "receivable_extensions" ADD CONSTRAINT "receivable_extensions_granted_by_users_id_fk" FOREIGN KEY ("granted_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "contact_attempts_customer" ON "contact_attempts" USING btree ("customer_id","at");--> statement-breakpoint
CREATE UNIQUE INDEX "contact_attempts_notice_once" ON "contact_attempts" USING btree ("notice_message_id");--> statement-breakpoint
CREATE UNIQUE INDEX "customer_groups_name_unique" ON "customer_groups" USING btree (lower("name"));--> statement-breakpoint
CREATE UNIQUE INDEX "mailbox_messages_once" ON "mailbox_messages" USING btree ("user_id","message_id","failed_address");--> statement-breakpoint
CREATE INDEX "mailbox_messages_customer" ON "mailbox_messages" USING btree ("customer_id","received_at");--> statement-breakpoint
CREATE INDEX "mailbox_messages_notice" ON "mailbox_messages" USING btree ("notice_message_id");--> statement-breakpoint
CREATE INDEX "notice_pauses_customer" ON "notice_pauses" USING btree ("customer_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "notice_pauses_customer_standing" ON "notice_pauses" USING btree ("customer_id") WHERE ended_at is null and receivable_id is null;--> statement-breakpoint
CREATE UNIQUE INDEX "notice_pauses_receivable_standing" ON "notice_pauses" USING btree ("receivable_id") WHERE ended_at is null and receivable_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "notice_templates_once" ON "notice_templates" USING btree ("kind","level","language","tone");--> statement-breakpoint
CREATE INDEX "promise_items_receivable" ON "promise_items" USING btree ("receivable_id");--> statement-breakpoint
CREATE INDEX "promises_customer" ON "promises" USING btree ("customer_id","due_on");--> statement-breakpoint
CREATE INDEX "promises_open" ON "promises" USING btree ("grace_until","id") WHERE state = 'open';--> statement-breakpoint
CREATE INDEX "promises_by" ON "promises" USING btree ("recorded_by","due_on");--> statement-breakpoint
CREATE UNIQUE INDEX "receivable_extensions_once" ON "receivable_extensions" USING btree ("receivable_id","number");--> statement-breakpoint
ALTER TABLE "customers" ADD CONSTRAINT "customers_group_id_customer_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."customer_groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "receivables" ADD CONSTRAINT "receivables_source_name_balance_sources_name_fk" FOREIGN KEY ("source_name") REFERENCES "public"."balance_sources"("name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "customers_group" ON "customers" USING btree ("group_id","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "follow_ups_origin_once" ON "follow_ups" USING btree ("origin_key");--> statement-breakpoint
CREATE UNIQUE INDEX "notice_messages_message_id" ON "notice_messages" USING btree ("message_id");--> statement-breakpoint
CREATE INDEX "notice_messages_sender_sent" ON "notice_messages" USING btree ("sender_id","sent_at") WHERE sent_at is not null;--> statement-breakpoint
ALTER TABLE "notice_rules" ADD CONSTRAINT "notice_rules_level" CHECK ("notice_rules"."level" between 1 and 4);--> statement-breakpoint
ALTER TABLE "notice_rules" ADD CONSTRAINT "notice_rules_repeat" CHECK (("notice_rules"."repeat_every_days" is null) = ("notice_rules"."repeat_times" is null));