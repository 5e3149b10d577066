CREATE TABLE "opportunities" (
	"id" uuid PRIMARY KEY NOT NULL,
	"number" serial NOT NULL,
	"customer_id" uuid NOT NULL,
	"contact_id" uuid,
	"owner_id" uuid NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"source" text,
	"stage_id" uuid NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"amount_minor" bigint NOT NULL,
	"currency" char(3) NOT NULL,
	"probability" integer NOT NULL,
	"expected_on" date NOT NULL,
	"interaction_id" uuid,
	"closed_on" date,
	"closed_by" uuid,
	"loss_reason_id" uuid,
	"close_note" text,
	"created_by" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	"deleted_by" uuid,
	CONSTRAINT "opportunities_amount" CHECK ("opportunities"."amount_minor" >= 0),
	CONSTRAINT "opportunities_probability" CHECK ("opportunities"."probability" between 0 and 100),
	CONSTRAINT "opportunities_closed" CHECK (("opportunities"."state" = 'open') = ("opportunities"."closed_on" is null))
);
--> statement-breakpoint
CREATE TABLE "opportunity_loss_reasons" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "opportunity_products" (
	"id" uuid PRIMARY KEY NOT NULL,
	"opportunity_id" uuid NOT NULL,
	"product_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"description" text,
	"quantity" numeric(13, 4) NOT NULL,
	"unit_price_minor" bigint NOT NULL,
	"discount_percent" numeric(7, 4) DEFAULT '0' NOT NULL,
	CONSTRAINT "opportunity_products_quantity" CHECK ("opportunity_products"."quantity" > 0),
	CONSTRAINT "opportunity_products_price" CHECK ("opportunity_products"."unit_price_minor" >= 0),
	CONSTRAINT "opportunity_products_discount" CHECK ("opportunity_products"."discount_percent" between 0 and 100)
);
--> statement-breakpoint
CREATE TABLE "opportunity_stages" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"position" integer NOT NULL,
	"probability" integer NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "opportunity_stages_probability" CHECK ("opportunity_stages"."probability" between 0 and 100)
);
--> statement-breakpoint
CREATE TABLE "price_lists" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"currency" char(3) NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "product_prices" (
	"product_id" uuid NOT NULL,
	"price_list_id" uuid NOT NULL,
	"price_minor" bigint NOT NULL,
	CONSTRAINT "product_prices_product_id_price_list_id_pk" PRIMARY KEY("product_id","price_list_id"),
	CONSTRAINT "product_prices_price" CHECK ("product_prices"."price_minor" >= 0)
);
--> statement-breakpoint
ALTER TABLE "products" ADD COLUMN "unit" text;--> statement-breakpoint
ALTER TABLE "products" ADD COLUMN "tax_percent" numeric(7, 4);--> statement-breakpoint
ALTER TABLE "interests" ADD COLUMN "opportunity_id" uuid;--> statement-breakpoint
ALTER TABLE "opportunities" ADD CONSTRAINT "opportunities_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "opportunities" ADD CONSTRAINT "opportunities_contact_id_contacts_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "opportunities" ADD CONSTRAINT "opportunities_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "opportunities" ADD CONSTRAINT "opportunities_stage_id_opportunity_stages_id_fk" FOREIGN KEY ("stage_id") REFERENCES "public"."opportunity_stages"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "opportunities" ADD CONSTRAINT "opportunities_interaction_id_interactions_id_fk" FOREIGN KEY ("interaction_id") REFERENCES "public"."interactions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "opportunities" ADD CONSTRAINT "opportunities_closed_by_users_id_fk" FOREIGN KEY ("closed_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "opportunities" ADD CONSTRAINT "opportunities_loss_reason_id_opportunity_loss_reasons_id_fk" FOREIGN KEY ("loss_reason_id") REFERENCES "public"."opportunity_loss_reasons"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "opportunities" ADD CONSTRAINT "opportunities_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "opportunity_products" ADD CONSTRAINT "opportunity_products_opportunity_id_opportunities_id_fk" FOREIGN KEY ("opportunity_id") REFERENCES "public"."opportunities"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "opportunity_products" ADD CONSTRAINT "opportunity_products_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "product_prices" ADD CONSTRAINT "product_prices_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "product_prices" ADD CONSTRAINT "product_prices_price_list_id_price_lists_id_fk" FOREIGN KEY ("price_list_id") REFERENCES "public"."price_lists"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "opportunities_number_unique" ON "opportunities" USING btree ("number");--> statement-breakpoint
CREATE INDEX "opportunities_customer" ON "opportunities" USING btree ("customer_id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "opportunities_owner" ON "opportunities" USING btree ("owner_id","expected_on","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "opportunities_expected" ON "opportunities" USING btree ("expected_on","id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "opportunities_board" ON "opportunities" USING btree ("stage_id","expected_on","id") WHERE state = 'open' and deleted_at is null;--> statement-breakpoint
CREATE INDEX "opportunities_stage" ON "opportunities" USING btree ("stage_id");--> statement-breakpoint
CREATE INDEX "opportunities_loss_reason" ON "opportunities" USING btree ("loss_reason_id") WHERE loss_reason_id is not null;--> statement-breakpoint
CREATE INDEX "opportunities_interaction" ON "opportunities" USING btree ("interaction_id") WHERE interaction_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "opportunity_loss_reasons_name_unique" ON "opportunity_loss_reasons" USING btree (lower("name"));--> statement-breakpoint
CREATE INDEX "opportunity_products_opportunity" ON "opportunity_products" USING btree ("opportunity_id","position");--> statement-breakpoint
CREATE INDEX "opportunity_products_product" ON "opportunity_products" USING btree ("product_id");--> statement-breakpoint
CREATE UNIQUE INDEX "opportunity_stages_name_unique" ON "opportunity_stages" USING btree (lower("name"));--> statement-breakpoint
CREATE UNIQUE INDEX "price_lists_name_unique" ON "price_lists" USING btree (lower("name"));--> statement-breakpoint
CREATE INDEX "product_prices_list" ON "product_prices" USING btree ("price_list_id");--> statement-breakpoint
ALTER TABLE "interests" ADD CONSTRAINT "interests_opportunity_id_opportunities_id_fk" FOREIGN KEY ("opportunity_id") REFERENCES "public"."opportunities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "interests_opportunity_once" ON "interests" USING btree ("opportunity_id","product_id") WHERE opportunity_id is not null;--> statement-breakpoint
ALTER TABLE "products" ADD CONSTRAINT "products_tax_percent" CHECK ("products"."tax_percent" between 0 and 100);--> statement-breakpoint
-- An installation that is in use finds the catalogues that a new one finds, in its language.
INSERT INTO "opportunity_stages" ("id", "name", "position", "probability")
SELECT gen_random_uuid(), CASE WHEN c."locale" LIKE 'en%' THEN s.en ELSE s.es END, s.position, s.probability
FROM (SELECT "locale" FROM "company" LIMIT 1) c,
  (VALUES ('Prospecto', 'Prospect', 10, 10), ('Calificada', 'Qualified', 20, 25), ('Propuesta', 'Proposal', 30, 50), ('Negociación', 'Negotiation', 40, 75)) s(es, en, position, probability);
--> statement-breakpoint
INSERT INTO "opportunity_loss_reasons" ("id", "name")
SELECT gen_random_uuid(), CASE WHEN c."locale" LIKE 'en%' THEN r.en ELSE r.es END
FROM (SELECT "locale" FROM "company" LIMIT 1) c,
  (VALUES ('Precio', 'Price'), ('Eligió a la competencia', 'Chose a competitor'), ('Sin presupuesto', 'No budget'), ('Ya no lo necesita', 'No longer needed'), ('Sin respuesta', 'No answer')) r(es, en);
--> statement-breakpoint
-- The price lists that customers name already.
INSERT INTO "price_lists" ("id", "name", "currency")
SELECT gen_random_uuid(), l.name, c."currency"
FROM (SELECT "currency" FROM "company" LIMIT 1) c,
  (SELECT DISTINCT ON (lower("price_list")) "price_list" AS name FROM "customers" WHERE "price_list" <> '' ORDER BY lower("price_list"), "price_list") l;
