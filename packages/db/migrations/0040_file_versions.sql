ALTER TABLE "customer_files" ADD COLUMN "series_id" uuid;--> statement-breakpoint
ALTER TABLE "customer_files" ADD COLUMN "revision" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "customer_files" ADD COLUMN "superseded_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "customer_files" ADD CONSTRAINT "customer_files_series_id_customer_files_id_fk" FOREIGN KEY ("series_id") REFERENCES "public"."customer_files"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "customer_files_series" ON "customer_files" USING btree ("series_id","revision") WHERE series_id is not null and state = 'kept';--> statement-breakpoint
CREATE INDEX "customer_files_newest" ON "customer_files" USING btree ("created_at","id") WHERE state = 'kept' and deleted_at is null and superseded_at is null;--> statement-breakpoint
ALTER TABLE "customer_files" ADD CONSTRAINT "customer_files_revision" CHECK (revision >= 1 and (revision > 1) = (series_id is not null));