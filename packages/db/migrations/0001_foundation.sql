CREATE SEQUENCE "public"."customer_codes" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE TABLE "audit_log" (
	"id" uuid PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"actor_id" uuid,
	"action" text NOT NULL,
	"entity" text NOT NULL,
	"entity_id" text NOT NULL,
	"changes" jsonb NOT NULL,
	"address" text
);
--> statement-breakpoint
CREATE TABLE "contacts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"customer_id" uuid NOT NULL,
	"name" text NOT NULL,
	"position" text,
	"department" text,
	"email" text,
	"phone" text,
	"mobile" text,
	"receives_notices" boolean DEFAULT false NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "customers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"code" text NOT NULL,
	"external_id" text,
	"kind" text DEFAULT 'company' NOT NULL,
	"name" text NOT NULL,
	"trade_name" text,
	"tax_id_type" text,
	"tax_id" text,
	"contact_person" text,
	"email" text,
	"phone" text,
	"mobile" text,
	"website" text,
	"address" text,
	"city" text,
	"state" text,
	"country" char(2),
	"customer_type" text,
	"priority" text DEFAULT 'normal' NOT NULL,
	"economic_activity" text,
	"price_list" text,
	"taxable" boolean DEFAULT true NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"branch_id" uuid,
	"preferred_agent_id" uuid,
	"collections_agent_id" uuid,
	"language" char(2) DEFAULT 'es' NOT NULL,
	"credit_terms" text DEFAULT 'credit' NOT NULL,
	"credit_days" integer,
	"credit_limit_minor" bigint,
	"credit_currency" char(3),
	"ledger_account" text,
	"is_supplier" boolean DEFAULT false NOT NULL,
	"supplier_account" text,
	"credit_hold_reason" text,
	"credit_hold_by" uuid,
	"credit_hold_at" timestamp (3) with time zone,
	"name_key" text collate "C" GENERATED ALWAYS AS (translate(lower(coalesce(name, '')), 'áàäâãåéèëêíìïîóòöôõúùüûñç', 'aaaaaaeeeeiiiiooooouuuunc')) STORED NOT NULL,
	"search_text" text GENERATED ALWAYS AS (translate(lower(coalesce(code, '') || ' ' || coalesce(name, '') || ' ' || coalesce(trade_name, '') || ' ' || coalesce(tax_id, '') || ' ' || coalesce(email, '') || ' ' || coalesce(phone, '') || ' ' || coalesce(mobile, '') || ' ' || coalesce(external_id, '')), 'áàäâãåéèëêíìïîóòöôõúùüûñç', 'aaaaaaeeeeiiiiooooouuuunc')) STORED NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_by" uuid,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	"deleted_by" uuid,
	CONSTRAINT "customers_credit_limit" CHECK ("customers"."credit_limit_minor" is null or "customers"."credit_limit_minor" >= 0)
);
--> statement-breakpoint
CREATE TABLE "notes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"customer_id" uuid NOT NULL,
	"author_id" uuid NOT NULL,
	"body" text NOT NULL,
	"location" text,
	"treatment" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	"deleted_by" uuid
);
--> statement-breakpoint
CREATE TABLE "follow_up_receivables" (
	"follow_up_id" uuid NOT NULL,
	"receivable_id" uuid NOT NULL,
	CONSTRAINT "follow_up_receivables_follow_up_id_receivable_id_pk" PRIMARY KEY("follow_up_id","receivable_id")
);
--> statement-breakpoint
CREATE TABLE "follow_up_types" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "follow_ups" (
	"id" uuid PRIMARY KEY NOT NULL,
	"number" serial NOT NULL,
	"customer_id" uuid NOT NULL,
	"contact_id" uuid,
	"type_id" uuid NOT NULL,
	"owner_id" uuid NOT NULL,
	"state" text DEFAULT 'active' NOT NULL,
	"subject" text NOT NULL,
	"description" text,
	"priority" text DEFAULT 'normal' NOT NULL,
	"channel" text DEFAULT 'call' NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"parent_id" uuid,
	"end_reason" text,
	"ended_at" timestamp (3) with time zone,
	"ended_by" uuid,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_by" uuid
);
--> statement-breakpoint
CREATE TABLE "postponements" (
	"id" uuid PRIMARY KEY NOT NULL,
	"follow_up_id" uuid NOT NULL,
	"hours" integer NOT NULL,
	"from_due_at" timestamp (3) with time zone NOT NULL,
	"to_due_at" timestamp (3) with time zone NOT NULL,
	"reason" text,
	"postponed_by" uuid NOT NULL,
	"postponed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reminders" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"follow_up_id" uuid NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"reminded_at" timestamp (3) with time zone NOT NULL,
	"read_at" timestamp (3) with time zone,
	"mailed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "installation_epoch" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"epoch" text NOT NULL,
	"confirmed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notice_events" (
	"id" uuid PRIMARY KEY NOT NULL,
	"message_id" uuid NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"from_state" text,
	"to_state" text NOT NULL,
	"reason" text,
	"actor_id" uuid,
	"detail" jsonb
);
--> statement-breakpoint
CREATE TABLE "notice_items" (
	"id" uuid PRIMARY KEY NOT NULL,
	"message_id" uuid NOT NULL,
	"receivable_id" uuid NOT NULL,
	"rule_id" uuid NOT NULL,
	"rule_version" integer NOT NULL,
	"occurrence" integer DEFAULT 1 NOT NULL,
	"due_on" date NOT NULL,
	"matures_on" date NOT NULL,
	"balance_minor" bigint NOT NULL,
	"currency" char(3) NOT NULL,
	"dropped_reason" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notice_messages" (
	"id" uuid PRIMARY KEY NOT NULL,
	"customer_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"plan_on" date NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"message_id" text NOT NULL,
	"sender_id" uuid,
	"sender_address" text,
	"sender_is_fallback" boolean DEFAULT false NOT NULL,
	"subject" text,
	"source" "bytea",
	"smtp_response" text,
	"attempt" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone,
	"claim_token" uuid,
	"lease_until" timestamp (3) with time zone,
	"sent_at" timestamp (3) with time zone,
	"reviewed_by" uuid,
	"reviewed_at" timestamp (3) with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notice_recipients" (
	"id" uuid PRIMARY KEY NOT NULL,
	"message_id" uuid NOT NULL,
	"address" text NOT NULL,
	"name" text,
	"contact_id" uuid,
	"outcome" text DEFAULT 'pending' NOT NULL,
	"response" text
);
--> statement-breakpoint
CREATE TABLE "notice_rule_versions" (
	"rule_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"description" text NOT NULL,
	"days" integer NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_by" uuid,
	CONSTRAINT "notice_rule_versions_rule_id_version_pk" PRIMARY KEY("rule_id","version")
);
--> statement-breakpoint
CREATE TABLE "notice_rules" (
	"id" uuid PRIMARY KEY NOT NULL,
	"code" text NOT NULL,
	"kind" text NOT NULL,
	"description" text NOT NULL,
	"days" integer NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"retired_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "notice_rules_days" CHECK ("notice_rules"."days" between 0 and 365)
);
--> statement-breakpoint
CREATE TABLE "notice_settings" (
	"customer_id" uuid PRIMARY KEY NOT NULL,
	"subject" text,
	"active" boolean,
	"send_to_contacts" boolean,
	"reminder_on" boolean,
	"reminder_rule_ids" uuid[],
	"overdue_on" boolean,
	"overdue_rule_ids" uuid[],
	"reminder_body" text,
	"overdue_body" text,
	"version" integer DEFAULT 1 NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "access_profiles" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"level" smallint NOT NULL,
	"customer_level" smallint DEFAULT 1 NOT NULL,
	"permissions" text[] DEFAULT '{}' NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "access_profiles_level" CHECK ("access_profiles"."level" between 1 and 4 and "access_profiles"."customer_level" between 1 and 4)
);
--> statement-breakpoint
CREATE TABLE "branches" (
	"id" uuid PRIMARY KEY NOT NULL,
	"code" text NOT NULL,
	"name" text NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "company" (
	"id" smallint PRIMARY KEY DEFAULT 1 NOT NULL,
	"name" text NOT NULL,
	"tax_id" text,
	"time_zone" text NOT NULL,
	"currency" char(3) NOT NULL,
	"locale" text NOT NULL,
	"country" char(2),
	"business_weekdays" smallint[] DEFAULT '{1,2,3,4,5}' NOT NULL,
	"opens_at" text DEFAULT '08:00' NOT NULL,
	"closes_at" text DEFAULT '18:00' NOT NULL,
	"administrator_id" uuid,
	"follow_up_default_hours" integer DEFAULT 24 NOT NULL,
	"postpone_in_business_hours" boolean DEFAULT false NOT NULL,
	"credit_tolerance_days" integer,
	"catch_up_days" integer DEFAULT 3 NOT NULL,
	"review_overdue" boolean DEFAULT false NOT NULL,
	"notice_subject" text NOT NULL,
	"notice_active" boolean DEFAULT false NOT NULL,
	"notice_send_to_contacts" boolean DEFAULT false NOT NULL,
	"reminder_on" boolean DEFAULT true NOT NULL,
	"reminder_rule_ids" uuid[] DEFAULT '{}' NOT NULL,
	"overdue_on" boolean DEFAULT true NOT NULL,
	"overdue_rule_ids" uuid[] DEFAULT '{}' NOT NULL,
	"reminder_body" text NOT NULL,
	"overdue_body" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "company_single_row" CHECK ("company"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "departments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"code" text NOT NULL,
	"name" text NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "holidays" (
	"day" date PRIMARY KEY NOT NULL,
	"name" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "mail_accounts" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"address" text NOT NULL,
	"display_name" text NOT NULL,
	"host" text NOT NULL,
	"port" integer NOT NULL,
	"security" text NOT NULL,
	"username" text,
	"password_encrypted" text,
	"state" text DEFAULT 'unverified' NOT NULL,
	"verified_at" timestamp (3) with time zone,
	"last_error" text,
	"version" integer DEFAULT 1 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "refresh_tokens" (
	"hash" text PRIMARY KEY NOT NULL,
	"session_id" uuid NOT NULL,
	"used_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"user_agent" text,
	"address" text,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sign_in_failures" (
	"key" text NOT NULL,
	"window_at" timestamp (3) with time zone NOT NULL,
	"count" integer NOT NULL,
	CONSTRAINT "sign_in_failures_key_window_at_pk" PRIMARY KEY("key","window_at")
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"email" text NOT NULL,
	"password_hash" text NOT NULL,
	"language" char(2) DEFAULT 'es' NOT NULL,
	"branch_id" uuid NOT NULL,
	"department_id" uuid,
	"profile_id" uuid NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	"remind_by_mail" boolean DEFAULT false NOT NULL,
	"last_sign_in_at" timestamp (3) with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "documents" (
	"id" uuid PRIMARY KEY NOT NULL,
	"customer_id" uuid NOT NULL,
	"type" text DEFAULT 'invoice' NOT NULL,
	"number" text NOT NULL,
	"issued_on" date NOT NULL,
	"currency" char(3) NOT NULL,
	"total_minor" bigint NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "import_rows" (
	"import_id" uuid NOT NULL,
	"row_number" integer NOT NULL,
	"cells" jsonb NOT NULL,
	"fate" text,
	"errors" jsonb,
	CONSTRAINT "import_rows_import_id_row_number_pk" PRIMARY KEY("import_id","row_number")
);
--> statement-breakpoint
CREATE TABLE "imports" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"file_name" text NOT NULL,
	"state" text DEFAULT 'uploaded' NOT NULL,
	"columns" text[] NOT NULL,
	"mapping" jsonb NOT NULL,
	"options" jsonb NOT NULL,
	"row_count" integer NOT NULL,
	"rows_done" integer DEFAULT 0 NOT NULL,
	"counts" jsonb NOT NULL,
	"error" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_by" uuid,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "payment_applications" (
	"id" uuid PRIMARY KEY NOT NULL,
	"payment_id" uuid NOT NULL,
	"receivable_id" uuid NOT NULL,
	"amount_minor" bigint NOT NULL,
	"applied_on" date NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "payments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"customer_id" uuid NOT NULL,
	"external_id" text,
	"paid_on" date NOT NULL,
	"currency" char(3) NOT NULL,
	"amount_minor" bigint NOT NULL,
	"reference" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_by" uuid,
	CONSTRAINT "payments_amount" CHECK ("payments"."amount_minor" > 0)
);
--> statement-breakpoint
CREATE TABLE "receivables" (
	"id" uuid PRIMARY KEY NOT NULL,
	"document_id" uuid NOT NULL,
	"customer_id" uuid NOT NULL,
	"external_id" text,
	"instalment" integer DEFAULT 1 NOT NULL,
	"issued_on" date NOT NULL,
	"due_on" date NOT NULL,
	"currency" char(3) NOT NULL,
	"amount_minor" bigint NOT NULL,
	"balance_minor" bigint NOT NULL,
	"disputed_at" timestamp (3) with time zone,
	"dispute_reason" text,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "receivables_balance" CHECK ("receivables"."balance_minor" between 0 and "receivables"."amount_minor"),
	CONSTRAINT "receivables_due_after_issue" CHECK ("receivables"."due_on" >= "receivables"."issued_on")
);
--> statement-breakpoint
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customers" ADD CONSTRAINT "customers_branch_id_branches_id_fk" FOREIGN KEY ("branch_id") REFERENCES "public"."branches"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customers" ADD CONSTRAINT "customers_preferred_agent_id_users_id_fk" FOREIGN KEY ("preferred_agent_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customers" ADD CONSTRAINT "customers_collections_agent_id_users_id_fk" FOREIGN KEY ("collections_agent_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customers" ADD CONSTRAINT "customers_credit_hold_by_users_id_fk" FOREIGN KEY ("credit_hold_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notes" ADD CONSTRAINT "notes_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notes" ADD CONSTRAINT "notes_author_id_users_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "follow_up_receivables" ADD CONSTRAINT "follow_up_receivables_follow_up_id_follow_ups_id_fk" FOREIGN KEY ("follow_up_id") REFERENCES "public"."follow_ups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "follow_up_receivables" ADD CONSTRAINT "follow_up_receivables_receivable_id_receivables_id_fk" FOREIGN KEY ("receivable_id") REFERENCES "public"."receivables"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "follow_ups" ADD CONSTRAINT "follow_ups_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "follow_ups" ADD CONSTRAINT "follow_ups_contact_id_contacts_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "follow_ups" ADD CONSTRAINT "follow_ups_type_id_follow_up_types_id_fk" FOREIGN KEY ("type_id") REFERENCES "public"."follow_up_types"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "follow_ups" ADD CONSTRAINT "follow_ups_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "follow_ups" ADD CONSTRAINT "follow_ups_ended_by_users_id_fk" FOREIGN KEY ("ended_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "postponements" ADD CONSTRAINT "postponements_follow_up_id_follow_ups_id_fk" FOREIGN KEY ("follow_up_id") REFERENCES "public"."follow_ups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "postponements" ADD CONSTRAINT "postponements_postponed_by_users_id_fk" FOREIGN KEY ("postponed_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reminders" ADD CONSTRAINT "reminders_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reminders" ADD CONSTRAINT "reminders_follow_up_id_follow_ups_id_fk" FOREIGN KEY ("follow_up_id") REFERENCES "public"."follow_ups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice_events" ADD CONSTRAINT "notice_events_message_id_notice_messages_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."notice_messages"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice_items" ADD CONSTRAINT "notice_items_message_id_notice_messages_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."notice_messages"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice_items" ADD CONSTRAINT "notice_items_receivable_id_receivables_id_fk" FOREIGN KEY ("receivable_id") REFERENCES "public"."receivables"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice_items" ADD CONSTRAINT "notice_items_rule_id_notice_rules_id_fk" FOREIGN KEY ("rule_id") REFERENCES "public"."notice_rules"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice_messages" ADD CONSTRAINT "notice_messages_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice_messages" ADD CONSTRAINT "notice_messages_sender_id_users_id_fk" FOREIGN KEY ("sender_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice_messages" ADD CONSTRAINT "notice_messages_reviewed_by_users_id_fk" FOREIGN KEY ("reviewed_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice_recipients" ADD CONSTRAINT "notice_recipients_message_id_notice_messages_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."notice_messages"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice_recipients" ADD CONSTRAINT "notice_recipients_contact_id_contacts_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice_rule_versions" ADD CONSTRAINT "notice_rule_versions_rule_id_notice_rules_id_fk" FOREIGN KEY ("rule_id") REFERENCES "public"."notice_rules"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice_settings" ADD CONSTRAINT "notice_settings_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mail_accounts" ADD CONSTRAINT "mail_accounts_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "refresh_tokens" ADD CONSTRAINT "refresh_tokens_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_branch_id_branches_id_fk" FOREIGN KEY ("branch_id") REFERENCES "public"."branches"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_department_id_departments_id_fk" FOREIGN KEY ("department_id") REFERENCES "public"."departments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_profile_id_access_profiles_id_fk" FOREIGN KEY ("profile_id") REFERENCES "public"."access_profiles"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "documents" ADD CONSTRAINT "documents_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "import_rows" ADD CONSTRAINT "import_rows_import_id_imports_id_fk" FOREIGN KEY ("import_id") REFERENCES "public"."imports"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payment_applications" ADD CONSTRAINT "payment_applications_payment_id_payments_id_fk" FOREIGN KEY ("payment_id") REFERENCES "public"."payments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payment_applications" ADD CONSTRAINT "payment_applications_receivable_id_receivables_id_fk" FOREIGN KEY ("receivable_id") REFERENCES "public"."receivables"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payments" ADD CONSTRAINT "payments_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "receivables" ADD CONSTRAINT "receivables_document_id_documents_id_fk" FOREIGN KEY ("document_id") REFERENCES "public"."documents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "receivables" ADD CONSTRAINT "receivables_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_log_entity" ON "audit_log" USING btree ("entity","entity_id","at");--> statement-breakpoint
CREATE INDEX "audit_log_at" ON "audit_log" USING btree ("at");--> statement-breakpoint
CREATE INDEX "contacts_customer" ON "contacts" USING btree ("customer_id") WHERE deleted_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "customers_code_unique" ON "customers" USING btree ("code");--> statement-breakpoint
CREATE UNIQUE INDEX "customers_external_id_unique" ON "customers" USING btree ("external_id");--> statement-breakpoint
CREATE INDEX "customers_by_name" ON "customers" USING btree ("name_key","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "customers_by_creation" ON "customers" USING btree ("id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "customers_preferred_agent" ON "customers" USING btree ("preferred_agent_id","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "customers_collections_agent" ON "customers" USING btree ("collections_agent_id","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "customers_search" ON "customers" USING gin (search_text gin_trgm_ops);--> statement-breakpoint
CREATE INDEX "notes_customer" ON "notes" USING btree ("customer_id","created_at","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "notes_author" ON "notes" USING btree ("author_id","created_at","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "notes_newest" ON "notes" USING btree ("created_at","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "follow_up_receivables_receivable" ON "follow_up_receivables" USING btree ("receivable_id");--> statement-breakpoint
CREATE UNIQUE INDEX "follow_up_types_name_unique" ON "follow_up_types" USING btree (lower("name"));--> statement-breakpoint
CREATE UNIQUE INDEX "follow_ups_number_unique" ON "follow_ups" USING btree ("number");--> statement-breakpoint
CREATE INDEX "follow_ups_owner_due" ON "follow_ups" USING btree ("owner_id","due_at","id") WHERE state = 'active';--> statement-breakpoint
CREATE INDEX "follow_ups_due" ON "follow_ups" USING btree ("due_at","id") WHERE state = 'active';--> statement-breakpoint
CREATE INDEX "follow_ups_customer" ON "follow_ups" USING btree ("customer_id","due_at");--> statement-breakpoint
CREATE INDEX "follow_ups_all_due" ON "follow_ups" USING btree ("due_at","id");--> statement-breakpoint
CREATE INDEX "postponements_follow_up" ON "postponements" USING btree ("follow_up_id","postponed_at");--> statement-breakpoint
CREATE UNIQUE INDEX "reminders_once" ON "reminders" USING btree ("follow_up_id","due_at","user_id");--> statement-breakpoint
CREATE INDEX "reminders_user" ON "reminders" USING btree ("user_id","reminded_at");--> statement-breakpoint
CREATE INDEX "notice_events_message" ON "notice_events" USING btree ("message_id","at");--> statement-breakpoint
CREATE UNIQUE INDEX "notice_items_once" ON "notice_items" USING btree ("receivable_id","rule_id","occurrence");--> statement-breakpoint
CREATE INDEX "notice_items_message" ON "notice_items" USING btree ("message_id");--> statement-breakpoint
CREATE INDEX "notice_items_rule" ON "notice_items" USING btree ("rule_id");--> statement-breakpoint
CREATE INDEX "notice_messages_due" ON "notice_messages" USING btree ("state","next_attempt_at") WHERE state in ('planned', 'deferred', 'claimed', 'dispatching');--> statement-breakpoint
CREATE INDEX "notice_messages_queue" ON "notice_messages" USING btree ("state","plan_on","id");--> statement-breakpoint
CREATE INDEX "notice_messages_day" ON "notice_messages" USING btree ("plan_on","id");--> statement-breakpoint
CREATE INDEX "notice_messages_customer" ON "notice_messages" USING btree ("customer_id","plan_on");--> statement-breakpoint
CREATE UNIQUE INDEX "notice_recipients_once" ON "notice_recipients" USING btree ("message_id","address");--> statement-breakpoint
CREATE UNIQUE INDEX "notice_rules_code_unique" ON "notice_rules" USING btree ("code");--> statement-breakpoint
CREATE UNIQUE INDEX "notice_rules_days_unique" ON "notice_rules" USING btree ("kind","days") WHERE retired_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "access_profiles_name_unique" ON "access_profiles" USING btree (lower("name"));--> statement-breakpoint
CREATE UNIQUE INDEX "branches_code_unique" ON "branches" USING btree (lower("code"));--> statement-breakpoint
CREATE UNIQUE INDEX "branches_name_unique" ON "branches" USING btree (lower("name"));--> statement-breakpoint
CREATE UNIQUE INDEX "departments_code_unique" ON "departments" USING btree (lower("code"));--> statement-breakpoint
CREATE UNIQUE INDEX "departments_name_unique" ON "departments" USING btree (lower("name"));--> statement-breakpoint
CREATE INDEX "refresh_tokens_session" ON "refresh_tokens" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "sessions_user" ON "sessions" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "users_email_unique" ON "users" USING btree (lower("email"));--> statement-breakpoint
CREATE INDEX "users_place" ON "users" USING btree ("branch_id","department_id");--> statement-breakpoint
CREATE INDEX "documents_customer" ON "documents" USING btree ("customer_id","issued_on");--> statement-breakpoint
CREATE UNIQUE INDEX "documents_number_unique" ON "documents" USING btree ("customer_id","type","number");--> statement-breakpoint
CREATE INDEX "imports_newest" ON "imports" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "payment_applications_receivable" ON "payment_applications" USING btree ("receivable_id");--> statement-breakpoint
CREATE INDEX "payment_applications_payment" ON "payment_applications" USING btree ("payment_id");--> statement-breakpoint
CREATE UNIQUE INDEX "payments_external_id_unique" ON "payments" USING btree ("external_id");--> statement-breakpoint
CREATE INDEX "payments_customer" ON "payments" USING btree ("customer_id","paid_on","id");--> statement-breakpoint
CREATE INDEX "payments_newest" ON "payments" USING btree ("paid_on","id");--> statement-breakpoint
CREATE UNIQUE INDEX "receivables_external_id_unique" ON "receivables" USING btree ("external_id");--> statement-breakpoint
CREATE UNIQUE INDEX "receivables_instalment_unique" ON "receivables" USING btree ("document_id","instalment");--> statement-breakpoint
CREATE INDEX "receivables_open_due" ON "receivables" USING btree ("due_on","id") WHERE balance_minor > 0;--> statement-breakpoint
CREATE INDEX "receivables_open_customer" ON "receivables" USING btree ("customer_id","due_on") WHERE balance_minor > 0;--> statement-breakpoint
CREATE INDEX "receivables_due" ON "receivables" USING btree ("due_on","id");--> statement-breakpoint
CREATE INDEX "receivables_customer" ON "receivables" USING btree ("customer_id","due_on","id");