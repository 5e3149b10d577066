ALTER TABLE "handover_moves" ADD COLUMN "opportunities" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "handover_moves" ADD COLUMN "cases" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "handover_moves" ADD COLUMN "quotes" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "handovers" ADD COLUMN "moves_opportunities" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "handovers" ADD COLUMN "moves_cases" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "handovers" ADD COLUMN "moves_quotes" boolean DEFAULT false NOT NULL;