ALTER TABLE "follow_ups" ADD COLUMN "opportunity_id" uuid;--> statement-breakpoint
ALTER TABLE "follow_ups" ADD COLUMN "case_id" uuid;--> statement-breakpoint
ALTER TABLE "follow_ups" ADD COLUMN "quote_id" uuid;--> statement-breakpoint
ALTER TABLE "follow_ups" ADD CONSTRAINT "follow_ups_opportunity_id_opportunities_id_fk" FOREIGN KEY ("opportunity_id") REFERENCES "public"."opportunities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "follow_ups" ADD CONSTRAINT "follow_ups_case_id_cases_id_fk" FOREIGN KEY ("case_id") REFERENCES "public"."cases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "follow_ups" ADD CONSTRAINT "follow_ups_quote_id_quotes_id_fk" FOREIGN KEY ("quote_id") REFERENCES "public"."quotes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "follow_ups_opportunity" ON "follow_ups" USING btree ("opportunity_id") WHERE opportunity_id is not null;--> statement-breakpoint
CREATE INDEX "follow_ups_case" ON "follow_ups" USING btree ("case_id") WHERE case_id is not null;--> statement-breakpoint
CREATE INDEX "follow_ups_quote" ON "follow_ups" USING btree ("quote_id") WHERE quote_id is not null;