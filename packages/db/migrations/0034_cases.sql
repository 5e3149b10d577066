CREATE TABLE "case_comments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"case_id" uuid NOT NULL,
	"kind" text DEFAULT 'comment' NOT NULL,
	"body" text NOT NULL,
	"written_at" timestamp (3) with time zone NOT NULL,
	"author_id" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "case_types" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "cases" (
	"id" uuid PRIMARY KEY NOT NULL,
	"number" serial NOT NULL,
	"customer_id" uuid NOT NULL,
	"contact_id" uuid,
	"type_id" uuid,
	"owner_id" uuid NOT NULL,
	"subject" text NOT NULL,
	"description" text,
	"state" text DEFAULT 'new' NOT NULL,
	"priority" text DEFAULT 'normal' NOT NULL,
	"channel" text DEFAULT 'call' NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"interaction_id" uuid,
	"resolution" text,
	"resolved_at" timestamp (3) with time zone,
	"resolved_by" uuid,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_by" uuid,
	"deleted_at" timestamp (3) with time zone,
	"deleted_by" uuid,
	CONSTRAINT "cases_resolved_with_words" CHECK ("cases"."state" <> 'resolved' or ("cases"."resolution" is not null and "cases"."resolved_at" is not null))
);
--> statement-breakpoint
ALTER TABLE "case_comments" ADD CONSTRAINT "case_comments_case_id_cases_id_fk" FOREIGN KEY ("case_id") REFERENCES "public"."cases"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "case_comments" ADD CONSTRAINT "case_comments_author_id_users_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cases" ADD CONSTRAINT "cases_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cases" ADD CONSTRAINT "cases_contact_id_contacts_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cases" ADD CONSTRAINT "cases_type_id_case_types_id_fk" FOREIGN KEY ("type_id") REFERENCES "public"."case_types"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cases" ADD CONSTRAINT "cases_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cases" ADD CONSTRAINT "cases_interaction_id_interactions_id_fk" FOREIGN KEY ("interaction_id") REFERENCES "public"."interactions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cases" ADD CONSTRAINT "cases_resolved_by_users_id_fk" FOREIGN KEY ("resolved_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cases" ADD CONSTRAINT "cases_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "case_comments_case" ON "case_comments" USING btree ("case_id","written_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "case_types_name_unique" ON "case_types" USING btree (lower("name"));--> statement-breakpoint
CREATE UNIQUE INDEX "cases_number_unique" ON "cases" USING btree ("number");--> statement-breakpoint
CREATE INDEX "cases_owner_due" ON "cases" USING btree ("owner_id","due_at","id") WHERE state <> 'resolved' and deleted_at is null;--> statement-breakpoint
CREATE INDEX "cases_due" ON "cases" USING btree ("due_at","id") WHERE state <> 'resolved' and deleted_at is null;--> statement-breakpoint
CREATE INDEX "cases_all_due" ON "cases" USING btree ("due_at","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "cases_customer" ON "cases" USING btree ("customer_id","created_at","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "cases_type" ON "cases" USING btree ("type_id") WHERE type_id is not null;--> statement-breakpoint
CREATE INDEX "cases_interaction" ON "cases" USING btree ("interaction_id") WHERE interaction_id is not null;--> statement-breakpoint
-- Who was set up before finds in the catalogue what a new installation finds, in the company's language.
INSERT INTO "case_types" ("id", "name")
SELECT gen_random_uuid(), each.name
FROM "company"
JOIN (VALUES
  ('es', 'Entrega'), ('es', 'Facturación'), ('es', 'Calidad'), ('es', 'Devolución'), ('es', 'Servicio'),
  ('en', 'Delivery'), ('en', 'Billing'), ('en', 'Quality'), ('en', 'Return'), ('en', 'Service')
) each(lang, name) ON each.lang = CASE WHEN "company"."locale" LIKE 'en%' THEN 'en' ELSE 'es' END;--> statement-breakpoint
-- Whoever may delete interactions may delete cases: the same trust, which somebody can take back.
UPDATE "access_profiles" SET "permissions" = array_append("permissions", 'delete-cases') WHERE 'delete-interactions' = ANY("permissions");
