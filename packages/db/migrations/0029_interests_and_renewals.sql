CREATE TABLE "interests" (
	"id" uuid PRIMARY KEY NOT NULL,
	"customer_id" uuid NOT NULL,
	"product_id" uuid NOT NULL,
	"contact_id" uuid,
	"shown_on" date NOT NULL,
	"note" text,
	"origin" text DEFAULT 'person' NOT NULL,
	"interaction_id" uuid,
	"created_by" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	"deleted_by" uuid
);
--> statement-breakpoint
CREATE TABLE "renewal_purchases" (
	"renewal_id" uuid NOT NULL,
	"due_on" date NOT NULL,
	"purchased_on" date NOT NULL,
	"next_on" date NOT NULL,
	"renewed_by" uuid NOT NULL,
	"renewed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "renewal_purchases_renewal_id_due_on_pk" PRIMARY KEY("renewal_id","due_on")
);
--> statement-breakpoint
CREATE TABLE "renewals" (
	"id" uuid PRIMARY KEY NOT NULL,
	"customer_id" uuid NOT NULL,
	"product_id" uuid NOT NULL,
	"owner_id" uuid NOT NULL,
	"every_months" integer NOT NULL,
	"anchor_day" integer NOT NULL,
	"last_on" date,
	"next_on" date NOT NULL,
	"quantity" text,
	"amount_minor" bigint,
	"currency" char(3),
	"note" text,
	"lead_days" integer,
	"opened_for" date,
	"follow_up_id" uuid,
	"state" text DEFAULT 'active' NOT NULL,
	"end_reason" text,
	"ended_at" timestamp (3) with time zone,
	"ended_by" uuid,
	"created_by" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	"deleted_by" uuid,
	CONSTRAINT "renewals_months" CHECK ("renewals"."every_months" between 1 and 120),
	CONSTRAINT "renewals_anchor" CHECK ("renewals"."anchor_day" between 1 and 31)
);
--> statement-breakpoint
ALTER TABLE "company" ADD COLUMN "renewal_lead_days" integer DEFAULT 30 NOT NULL;--> statement-breakpoint
ALTER TABLE "interests" ADD CONSTRAINT "interests_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "interests" ADD CONSTRAINT "interests_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "interests" ADD CONSTRAINT "interests_contact_id_contacts_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "interests" ADD CONSTRAINT "interests_interaction_id_interactions_id_fk" FOREIGN KEY ("interaction_id") REFERENCES "public"."interactions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "interests" ADD CONSTRAINT "interests_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "renewal_purchases" ADD CONSTRAINT "renewal_purchases_renewal_id_renewals_id_fk" FOREIGN KEY ("renewal_id") REFERENCES "public"."renewals"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "renewal_purchases" ADD CONSTRAINT "renewal_purchases_renewed_by_users_id_fk" FOREIGN KEY ("renewed_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "renewals" ADD CONSTRAINT "renewals_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "renewals" ADD CONSTRAINT "renewals_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "renewals" ADD CONSTRAINT "renewals_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "renewals" ADD CONSTRAINT "renewals_follow_up_id_follow_ups_id_fk" FOREIGN KEY ("follow_up_id") REFERENCES "public"."follow_ups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "renewals" ADD CONSTRAINT "renewals_ended_by_users_id_fk" FOREIGN KEY ("ended_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "renewals" ADD CONSTRAINT "renewals_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "interests_once" ON "interests" USING btree ("customer_id","product_id",coalesce(contact_id, customer_id)) WHERE deleted_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "interests_interaction_once" ON "interests" USING btree ("interaction_id","product_id") WHERE interaction_id is not null;--> statement-breakpoint
CREATE INDEX "interests_product" ON "interests" USING btree ("product_id","shown_on","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "interests_newest" ON "interests" USING btree ("shown_on","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "interests_contact" ON "interests" USING btree ("contact_id") WHERE contact_id is not null;--> statement-breakpoint
CREATE INDEX "renewals_customer" ON "renewals" USING btree ("customer_id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "renewals_next" ON "renewals" USING btree ("next_on","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "renewals_owner" ON "renewals" USING btree ("owner_id","next_on","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "renewals_product" ON "renewals" USING btree ("product_id");--> statement-breakpoint
CREATE INDEX "renewals_follow_up" ON "renewals" USING btree ("follow_up_id") WHERE follow_up_id is not null;--> statement-breakpoint
-- What stood as a product of interest in an interaction is an interest of its customer, once, with where it came from.
INSERT INTO "interests" ("id", "customer_id", "product_id", "contact_id", "shown_on", "origin", "interaction_id", "created_by")
SELECT DISTINCT ON (i."customer_id", p."product_id") gen_random_uuid(), i."customer_id", p."product_id", i."contact_id",
  (i."happened_at" AT TIME ZONE coalesce((SELECT "time_zone" FROM "company" LIMIT 1), 'UTC'))::date, 'interaction', i."id", i."created_by"
FROM "interaction_products" p JOIN "interactions" i ON i."id" = p."interaction_id" AND i."deleted_at" IS NULL
ORDER BY i."customer_id", p."product_id", i."happened_at", i."id";
