ALTER TABLE "company" DROP COLUMN "notice_subject";--> statement-breakpoint
ALTER TABLE "company" DROP COLUMN "reminder_body";--> statement-breakpoint
ALTER TABLE "company" DROP COLUMN "overdue_body";