DROP INDEX "receivables_open_customer";--> statement-breakpoint
ALTER TABLE "documents" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
CREATE INDEX "receivables_open_customer" ON "receivables" USING btree ("customer_id","due_on","currency","balance_minor") WHERE balance_minor > 0;