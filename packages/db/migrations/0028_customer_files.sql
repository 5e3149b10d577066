CREATE TABLE "customer_file_mails" (
	"file_id" uuid PRIMARY KEY NOT NULL,
	"from_name" text NOT NULL,
	"from_address" text NOT NULL,
	"recipients" jsonb NOT NULL,
	"subject" text NOT NULL,
	"sent_at" timestamp (3) with time zone,
	"html" text,
	"body" text NOT NULL,
	"blocked_images" integer DEFAULT 0 NOT NULL,
	"attachments" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "customer_files" (
	"id" uuid PRIMARY KEY NOT NULL,
	"customer_id" uuid NOT NULL,
	"owner_id" uuid NOT NULL,
	"state" text DEFAULT 'arriving' NOT NULL,
	"name" text NOT NULL,
	"name_key" text collate "C" GENERATED ALWAYS AS (translate(lower(coalesce(name, '')), 'áàäâãåéèëêíìïîóòöôõúùüûñç', 'aaaaaaeeeeiiiiooooouuuunc')) STORED NOT NULL,
	"description" text,
	"category" text DEFAULT 'other' NOT NULL,
	"media_type" text DEFAULT 'application/octet-stream' NOT NULL,
	"kind" text DEFAULT 'other' NOT NULL,
	"size" bigint DEFAULT 0 NOT NULL,
	"sha256" text,
	"has_preview" boolean DEFAULT false NOT NULL,
	"happened_at" timestamp (3) with time zone NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_by" uuid,
	"deleted_at" timestamp (3) with time zone,
	"deleted_by" uuid,
	CONSTRAINT "customer_files_size" CHECK (size >= 0),
	CONSTRAINT "customer_files_settled" CHECK (state = 'arriving' or sha256 is not null)
);
--> statement-breakpoint
ALTER TABLE "customer_file_mails" ADD CONSTRAINT "customer_file_mails_file_id_customer_files_id_fk" FOREIGN KEY ("file_id") REFERENCES "public"."customer_files"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer_files" ADD CONSTRAINT "customer_files_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer_files" ADD CONSTRAINT "customer_files_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "customer_files_customer" ON "customer_files" USING btree ("customer_id","created_at","id") WHERE state = 'kept' and deleted_at is null;--> statement-breakpoint
CREATE INDEX "customer_files_happened" ON "customer_files" USING btree ("customer_id","happened_at","id") WHERE state = 'kept' and deleted_at is null;--> statement-breakpoint
CREATE INDEX "customer_files_owner" ON "customer_files" USING btree ("owner_id");--> statement-breakpoint
CREATE INDEX "customer_files_arriving" ON "customer_files" USING btree ("created_at") WHERE state = 'arriving';