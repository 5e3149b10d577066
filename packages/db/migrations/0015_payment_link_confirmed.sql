ALTER TABLE "bank_details" DROP CONSTRAINT "bank_details_two_people";--> statement-breakpoint
ALTER TABLE "bank_details" ALTER COLUMN "proposed_by" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "bank_details" ADD COLUMN "payment_url" text;--> statement-breakpoint
ALTER TABLE "bank_details" ADD COLUMN "adopted" boolean DEFAULT false NOT NULL;--> statement-breakpoint
UPDATE "bank_details" SET "payment_url" = (SELECT "payment_url" FROM "company") WHERE "state" IN ('confirmed', 'proposed');--> statement-breakpoint
INSERT INTO "bank_details" ("id", "accounts", "payment_url", "state", "adopted", "proposed_at", "decided_at")
SELECT gen_random_uuid(), '[]', "payment_url", 'confirmed', true, now(), now() FROM "company"
WHERE "payment_url" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "bank_details" WHERE "state" = 'confirmed');--> statement-breakpoint
ALTER TABLE "company" DROP COLUMN "payment_url";--> statement-breakpoint
ALTER TABLE "bank_details" ADD CONSTRAINT "bank_details_proposer" CHECK ("bank_details"."adopted" or "bank_details"."proposed_by" is not null);--> statement-breakpoint
ALTER TABLE "bank_details" ADD CONSTRAINT "bank_details_two_people" CHECK ("bank_details"."adopted" or "bank_details"."state" not in ('confirmed', 'replaced')
        or ("bank_details"."decided_by" is not null and "bank_details"."decided_by" <> "bank_details"."proposed_by"));