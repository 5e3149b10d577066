CREATE TABLE "handover_changes" (
	"handover_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"record_id" uuid NOT NULL,
	"from_user_id" uuid NOT NULL,
	"to_user_id" uuid NOT NULL,
	"outcome" text,
	CONSTRAINT "handover_changes_handover_id_kind_record_id_pk" PRIMARY KEY("handover_id","kind","record_id")
);
--> statement-breakpoint
CREATE TABLE "handover_moves" (
	"handover_id" uuid NOT NULL,
	"from_user_id" uuid NOT NULL,
	"to_user_id" uuid NOT NULL,
	"customers" integer DEFAULT 0 NOT NULL,
	"follow_ups" integer DEFAULT 0 NOT NULL,
	"interactions" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "handover_moves_handover_id_from_user_id_pk" PRIMARY KEY("handover_id","from_user_id"),
	CONSTRAINT "handover_moves_other" CHECK ("handover_moves"."from_user_id" <> "handover_moves"."to_user_id")
);
--> statement-breakpoint
CREATE TABLE "handovers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"number" serial NOT NULL,
	"role" text NOT NULL,
	"state" text NOT NULL,
	"starts_on" date NOT NULL,
	"ends_on" date,
	"note" text,
	"moves_follow_ups" boolean NOT NULL,
	"moves_interactions" boolean NOT NULL,
	"problem" text,
	"created_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"carried_out_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"ended_by" uuid,
	"version" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "handovers_period" CHECK ("handovers"."ends_on" is null or "handovers"."ends_on" >= "handovers"."starts_on")
);
--> statement-breakpoint
ALTER TABLE "handover_changes" ADD CONSTRAINT "handover_changes_handover_id_handovers_id_fk" FOREIGN KEY ("handover_id") REFERENCES "public"."handovers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handover_changes" ADD CONSTRAINT "handover_changes_from_user_id_users_id_fk" FOREIGN KEY ("from_user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handover_changes" ADD CONSTRAINT "handover_changes_to_user_id_users_id_fk" FOREIGN KEY ("to_user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handover_moves" ADD CONSTRAINT "handover_moves_handover_id_handovers_id_fk" FOREIGN KEY ("handover_id") REFERENCES "public"."handovers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handover_moves" ADD CONSTRAINT "handover_moves_from_user_id_users_id_fk" FOREIGN KEY ("from_user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handover_moves" ADD CONSTRAINT "handover_moves_to_user_id_users_id_fk" FOREIGN KEY ("to_user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handovers" ADD CONSTRAINT "handovers_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handovers" ADD CONSTRAINT "handovers_ended_by_users_id_fk" FOREIGN KEY ("ended_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "handovers_number_unique" ON "handovers" USING btree ("number");--> statement-breakpoint
CREATE INDEX "handovers_author" ON "handovers" USING btree ("created_by","id");--> statement-breakpoint
CREATE INDEX "handovers_waiting" ON "handovers" USING btree ("starts_on") WHERE state in ('planned', 'covering');