CREATE TABLE "follow_up_activities" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"direction" text DEFAULT 'progress' NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "follow_up_attachments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"follow_up_id" uuid NOT NULL,
	"document_id" uuid NOT NULL,
	"name" text NOT NULL,
	"content" "bytea" NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "follow_up_documents" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"language" char(2) DEFAULT 'es' NOT NULL,
	"lists" text DEFAULT 'overdue' NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "follow_up_observations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"follow_up_id" uuid NOT NULL,
	"body" text NOT NULL,
	"observed_at" timestamp (3) with time zone NOT NULL,
	"author_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "follow_up_progress" (
	"id" uuid PRIMARY KEY NOT NULL,
	"follow_up_id" uuid NOT NULL,
	"activity_id" uuid NOT NULL,
	"comment" text,
	"done_at" timestamp (3) with time zone NOT NULL,
	"done_by" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "follow_up_situations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"kind" text DEFAULT 'ongoing' NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "customer_mails" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"customer_id" uuid NOT NULL,
	"contact_id" uuid,
	"about_id" uuid,
	"sender_id" uuid,
	"to_address" text NOT NULL,
	"to_name" text,
	"message" text,
	"state" text NOT NULL,
	"message_id" text NOT NULL,
	"source" "bytea",
	"response" text,
	"attempt" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone,
	"claim_token" uuid,
	"lease_until" timestamp (3) with time zone,
	"sent_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_by" uuid
);
--> statement-breakpoint
CREATE TABLE "interaction_entries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"interaction_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"entry_name" text NOT NULL,
	"body" text NOT NULL,
	"written_at" timestamp (3) with time zone NOT NULL,
	"author_id" uuid,
	"portal_contact_id" uuid
);
--> statement-breakpoint
CREATE TABLE "interaction_products" (
	"interaction_id" uuid NOT NULL,
	"product_id" uuid NOT NULL,
	CONSTRAINT "interaction_products_interaction_id_product_id_pk" PRIMARY KEY("interaction_id","product_id")
);
--> statement-breakpoint
CREATE TABLE "interaction_topics" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "interactions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"number" serial NOT NULL,
	"customer_id" uuid NOT NULL,
	"topic_id" uuid NOT NULL,
	"owner_id" uuid NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"source" text DEFAULT 'agent' NOT NULL,
	"happened_at" timestamp (3) with time zone NOT NULL,
	"follow_up_on" date,
	"follow_up_id" uuid,
	"contact_id" uuid,
	"contact_name" text,
	"contact_phone" text,
	"contact_email" text,
	"sales_contact" text,
	"salesperson_id" uuid,
	"reference" text,
	"unanswered_since" timestamp (3) with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_by" uuid,
	"last_entry_at" timestamp (3) with time zone NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	"deleted_by" uuid
);
--> statement-breakpoint
CREATE TABLE "products" (
	"id" uuid PRIMARY KEY NOT NULL,
	"code" text NOT NULL,
	"name" text NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "payment_claim_receivables" (
	"claim_id" uuid NOT NULL,
	"receivable_id" uuid NOT NULL,
	CONSTRAINT "payment_claim_receivables_claim_id_receivable_id_pk" PRIMARY KEY("claim_id","receivable_id")
);
--> statement-breakpoint
CREATE TABLE "payment_claim_vouchers" (
	"claim_id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"media_type" text NOT NULL,
	"size" integer NOT NULL,
	"content" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "payment_claims" (
	"id" uuid PRIMARY KEY NOT NULL,
	"customer_id" uuid NOT NULL,
	"contact_id" uuid NOT NULL,
	"paid_on" date NOT NULL,
	"currency" char(3) NOT NULL,
	"amount_minor" bigint NOT NULL,
	"method" text,
	"reference" text,
	"comment" text,
	"state" text DEFAULT 'open' NOT NULL,
	"answer" text,
	"decided_at" timestamp (3) with time zone,
	"decided_by" uuid,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "payment_claims_amount" CHECK ("payment_claims"."amount_minor" > 0)
);
--> statement-breakpoint
CREATE TABLE "portal_links" (
	"id" uuid PRIMARY KEY NOT NULL,
	"contact_id" uuid NOT NULL,
	"token_hash" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	"created_by" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "portal_sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"contact_id" uuid NOT NULL,
	"token_hash" text NOT NULL,
	"user_agent" text,
	"address" text,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "postponements" ALTER COLUMN "hours" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "portal_access" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "wrong_person_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "wrong_person_note" text;--> statement-breakpoint
ALTER TABLE "follow_ups" ADD COLUMN "situation_id" uuid;--> statement-breakpoint
ALTER TABLE "follow_ups" ADD COLUMN "waits_for_answer" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "postponements" ADD COLUMN "until" text DEFAULT 'hours' NOT NULL;--> statement-breakpoint
ALTER TABLE "follow_up_attachments" ADD CONSTRAINT "follow_up_attachments_follow_up_id_follow_ups_id_fk" FOREIGN KEY ("follow_up_id") REFERENCES "public"."follow_ups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "follow_up_attachments" ADD CONSTRAINT "follow_up_attachments_document_id_follow_up_documents_id_fk" FOREIGN KEY ("document_id") REFERENCES "public"."follow_up_documents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "follow_up_attachments" ADD CONSTRAINT "follow_up_attachments_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "follow_up_observations" ADD CONSTRAINT "follow_up_observations_follow_up_id_follow_ups_id_fk" FOREIGN KEY ("follow_up_id") REFERENCES "public"."follow_ups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "follow_up_observations" ADD CONSTRAINT "follow_up_observations_author_id_users_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "follow_up_progress" ADD CONSTRAINT "follow_up_progress_follow_up_id_follow_ups_id_fk" FOREIGN KEY ("follow_up_id") REFERENCES "public"."follow_ups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "follow_up_progress" ADD CONSTRAINT "follow_up_progress_activity_id_follow_up_activities_id_fk" FOREIGN KEY ("activity_id") REFERENCES "public"."follow_up_activities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "follow_up_progress" ADD CONSTRAINT "follow_up_progress_done_by_users_id_fk" FOREIGN KEY ("done_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer_mails" ADD CONSTRAINT "customer_mails_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer_mails" ADD CONSTRAINT "customer_mails_contact_id_contacts_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer_mails" ADD CONSTRAINT "customer_mails_sender_id_users_id_fk" FOREIGN KEY ("sender_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "interaction_entries" ADD CONSTRAINT "interaction_entries_interaction_id_interactions_id_fk" FOREIGN KEY ("interaction_id") REFERENCES "public"."interactions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "interaction_entries" ADD CONSTRAINT "interaction_entries_author_id_users_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "interaction_entries" ADD CONSTRAINT "interaction_entries_portal_contact_id_contacts_id_fk" FOREIGN KEY ("portal_contact_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "interaction_products" ADD CONSTRAINT "interaction_products_interaction_id_interactions_id_fk" FOREIGN KEY ("interaction_id") REFERENCES "public"."interactions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "interaction_products" ADD CONSTRAINT "interaction_products_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "interactions" ADD CONSTRAINT "interactions_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "interactions" ADD CONSTRAINT "interactions_topic_id_interaction_topics_id_fk" FOREIGN KEY ("topic_id") REFERENCES "public"."interaction_topics"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "interactions" ADD CONSTRAINT "interactions_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "interactions" ADD CONSTRAINT "interactions_follow_up_id_follow_ups_id_fk" FOREIGN KEY ("follow_up_id") REFERENCES "public"."follow_ups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "interactions" ADD CONSTRAINT "interactions_contact_id_contacts_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "interactions" ADD CONSTRAINT "interactions_salesperson_id_users_id_fk" FOREIGN KEY ("salesperson_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payment_claim_receivables" ADD CONSTRAINT "payment_claim_receivables_claim_id_payment_claims_id_fk" FOREIGN KEY ("claim_id") REFERENCES "public"."payment_claims"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payment_claim_receivables" ADD CONSTRAINT "payment_claim_receivables_receivable_id_receivables_id_fk" FOREIGN KEY ("receivable_id") REFERENCES "public"."receivables"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payment_claim_vouchers" ADD CONSTRAINT "payment_claim_vouchers_claim_id_payment_claims_id_fk" FOREIGN KEY ("claim_id") REFERENCES "public"."payment_claims"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payment_claims" ADD CONSTRAINT "payment_claims_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payment_claims" ADD CONSTRAINT "payment_claims_contact_id_contacts_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payment_claims" ADD CONSTRAINT "payment_claims_decided_by_users_id_fk" FOREIGN KEY ("decided_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "portal_links" ADD CONSTRAINT "portal_links_contact_id_contacts_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "portal_links" ADD CONSTRAINT "portal_links_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "portal_sessions" ADD CONSTRAINT "portal_sessions_contact_id_contacts_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "follow_up_activities_name_unique" ON "follow_up_activities" USING btree (lower("name"));--> statement-breakpoint
CREATE INDEX "follow_up_attachments_follow_up" ON "follow_up_attachments" USING btree ("follow_up_id","created_at");--> statement-breakpoint
CREATE INDEX "follow_up_attachments_document" ON "follow_up_attachments" USING btree ("document_id");--> statement-breakpoint
CREATE UNIQUE INDEX "follow_up_documents_name_unique" ON "follow_up_documents" USING btree (lower("name"));--> statement-breakpoint
CREATE INDEX "follow_up_observations_follow_up" ON "follow_up_observations" USING btree ("follow_up_id","observed_at");--> statement-breakpoint
CREATE INDEX "follow_up_progress_follow_up" ON "follow_up_progress" USING btree ("follow_up_id","done_at");--> statement-breakpoint
CREATE INDEX "follow_up_progress_activity" ON "follow_up_progress" USING btree ("activity_id");--> statement-breakpoint
CREATE UNIQUE INDEX "follow_up_situations_name_unique" ON "follow_up_situations" USING btree (lower("name"));--> statement-breakpoint
CREATE INDEX "customer_mails_due" ON "customer_mails" USING btree ("next_attempt_at") WHERE state in ('waiting', 'claimed', 'dispatching');--> statement-breakpoint
CREATE INDEX "customer_mails_about" ON "customer_mails" USING btree ("about_id") WHERE about_id is not null;--> statement-breakpoint
CREATE INDEX "customer_mails_customer" ON "customer_mails" USING btree ("customer_id","created_at");--> statement-breakpoint
CREATE INDEX "interaction_entries_interaction" ON "interaction_entries" USING btree ("interaction_id","written_at","id");--> statement-breakpoint
CREATE INDEX "interaction_entries_name" ON "interaction_entries" USING btree ("entry_name","written_at");--> statement-breakpoint
CREATE INDEX "interaction_products_product" ON "interaction_products" USING btree ("product_id");--> statement-breakpoint
CREATE UNIQUE INDEX "interaction_topics_name_unique" ON "interaction_topics" USING btree (lower("name"));--> statement-breakpoint
CREATE UNIQUE INDEX "interactions_number_unique" ON "interactions" USING btree ("number");--> statement-breakpoint
CREATE INDEX "interactions_customer" ON "interactions" USING btree ("customer_id","last_entry_at","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "interactions_owner" ON "interactions" USING btree ("owner_id","last_entry_at","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "interactions_newest" ON "interactions" USING btree ("last_entry_at","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "interactions_unanswered" ON "interactions" USING btree ("unanswered_since") WHERE unanswered_since is not null and deleted_at is null;--> statement-breakpoint
CREATE INDEX "interactions_topic" ON "interactions" USING btree ("topic_id");--> statement-breakpoint
CREATE UNIQUE INDEX "products_code_unique" ON "products" USING btree (lower("code"));--> statement-breakpoint
CREATE UNIQUE INDEX "products_name_unique" ON "products" USING btree (lower("name"));--> statement-breakpoint
CREATE INDEX "payment_claim_receivables_receivable" ON "payment_claim_receivables" USING btree ("receivable_id");--> statement-breakpoint
CREATE INDEX "payment_claims_customer" ON "payment_claims" USING btree ("customer_id","created_at");--> statement-breakpoint
CREATE INDEX "payment_claims_open" ON "payment_claims" USING btree ("created_at","id") WHERE state = 'open';--> statement-breakpoint
CREATE UNIQUE INDEX "portal_links_token" ON "portal_links" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "portal_links_contact" ON "portal_links" USING btree ("contact_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "portal_sessions_token" ON "portal_sessions" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "portal_sessions_contact" ON "portal_sessions" USING btree ("contact_id","created_at");--> statement-breakpoint
ALTER TABLE "follow_ups" ADD CONSTRAINT "follow_ups_situation_id_follow_up_situations_id_fk" FOREIGN KEY ("situation_id") REFERENCES "public"."follow_up_situations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "contacts_portal" ON "contacts" USING btree (lower(email)) WHERE portal_access and deleted_at is null;--> statement-breakpoint
CREATE INDEX "follow_ups_situation" ON "follow_ups" USING btree ("situation_id");--> statement-breakpoint
CREATE INDEX "follow_ups_parent" ON "follow_ups" USING btree ("parent_id") WHERE parent_id is not null;--> statement-breakpoint
CREATE INDEX "follow_ups_waiting" ON "follow_ups" USING btree ("customer_id") WHERE waits_for_answer and state = 'active';