CREATE TABLE "file_chunks" (
	"file_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"content" "bytea" NOT NULL,
	"kept_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "file_chunks_file_id_position_pk" PRIMARY KEY("file_id","position")
);
--> statement-breakpoint
CREATE TABLE "import_mappings" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"headings" text NOT NULL,
	"mapping" jsonb NOT NULL,
	"options" jsonb NOT NULL,
	"created_by" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "import_rows" ADD COLUMN "outcome" jsonb;--> statement-breakpoint
ALTER TABLE "import_rows" ADD COLUMN "undo" jsonb;--> statement-breakpoint
ALTER TABLE "imports" ADD COLUMN "source" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "imports" ADD COLUMN "resume_after" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "imports" ADD COLUMN "undone_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "imports" ADD COLUMN "undone_by" uuid;--> statement-breakpoint
CREATE INDEX "file_chunks_kept" ON "file_chunks" USING btree ("kept_at");--> statement-breakpoint
CREATE UNIQUE INDEX "import_mappings_name_unique" ON "import_mappings" USING btree ("kind",lower("name"));--> statement-breakpoint
CREATE INDEX "import_mappings_headings" ON "import_mappings" USING btree ("kind",md5("headings"));--> statement-breakpoint
CREATE INDEX "customers_email_key" ON "customers" USING btree (lower(email)) WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "customers_tax_id_key" ON "customers" USING btree (regexp_replace(upper(tax_id), '[^0-9A-ZÑ&]', '', 'g')) WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "customers_name_bare" ON "customers" USING btree (regexp_replace(name_key, '[^a-z0-9]', '', 'g')) WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "import_rows_fate" ON "import_rows" USING btree ("import_id","fate","row_number");