CREATE TABLE "customer_distinctions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"first_id" uuid NOT NULL,
	"second_id" uuid NOT NULL,
	"made_by" uuid NOT NULL,
	"made_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "customer_distinctions_order" CHECK ("customer_distinctions"."first_id" < "customer_distinctions"."second_id")
);
--> statement-breakpoint
CREATE TABLE "customer_merge_rows" (
	"merge_id" uuid NOT NULL,
	"table_name" text NOT NULL,
	"row_id" uuid NOT NULL,
	"moved" boolean NOT NULL,
	"before" jsonb,
	CONSTRAINT "customer_merge_rows_merge_id_table_name_row_id_pk" PRIMARY KEY("merge_id","table_name","row_id")
);
--> statement-breakpoint
CREATE TABLE "customer_merges" (
	"id" uuid PRIMARY KEY NOT NULL,
	"survivor_id" uuid NOT NULL,
	"merged_id" uuid NOT NULL,
	"before" jsonb NOT NULL,
	"after" jsonb NOT NULL,
	"merged_before" jsonb NOT NULL,
	"merged_after" jsonb NOT NULL,
	"merged_by" uuid NOT NULL,
	"merged_at" timestamp (3) with time zone NOT NULL,
	"undone_by" uuid,
	"undone_at" timestamp (3) with time zone,
	CONSTRAINT "customer_merges_two" CHECK ("customer_merges"."survivor_id" <> "customer_merges"."merged_id")
);
--> statement-breakpoint
ALTER TABLE "customers" ADD COLUMN "merged_into_id" uuid;--> statement-breakpoint
ALTER TABLE "customer_distinctions" ADD CONSTRAINT "customer_distinctions_first_id_customers_id_fk" FOREIGN KEY ("first_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer_distinctions" ADD CONSTRAINT "customer_distinctions_second_id_customers_id_fk" FOREIGN KEY ("second_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer_distinctions" ADD CONSTRAINT "customer_distinctions_made_by_users_id_fk" FOREIGN KEY ("made_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer_merge_rows" ADD CONSTRAINT "customer_merge_rows_merge_id_customer_merges_id_fk" FOREIGN KEY ("merge_id") REFERENCES "public"."customer_merges"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer_merges" ADD CONSTRAINT "customer_merges_survivor_id_customers_id_fk" FOREIGN KEY ("survivor_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer_merges" ADD CONSTRAINT "customer_merges_merged_id_customers_id_fk" FOREIGN KEY ("merged_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer_merges" ADD CONSTRAINT "customer_merges_merged_by_users_id_fk" FOREIGN KEY ("merged_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer_merges" ADD CONSTRAINT "customer_merges_undone_by_users_id_fk" FOREIGN KEY ("undone_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "customer_distinctions_once" ON "customer_distinctions" USING btree ("first_id","second_id");--> statement-breakpoint
CREATE INDEX "customer_distinctions_second" ON "customer_distinctions" USING btree ("second_id");--> statement-breakpoint
CREATE INDEX "customer_merge_rows_renumbered" ON "customer_merge_rows" USING btree ("row_id") WHERE table_name = 'documents' and before is not null;--> statement-breakpoint
CREATE INDEX "customer_merges_survivor" ON "customer_merges" USING btree ("survivor_id","merged_at");--> statement-breakpoint
CREATE UNIQUE INDEX "customer_merges_standing" ON "customer_merges" USING btree ("merged_id") WHERE undone_at is null;--> statement-breakpoint
CREATE INDEX "customer_merges_newest" ON "customer_merges" USING btree ("merged_at","id");--> statement-breakpoint
ALTER TABLE "customers" ADD CONSTRAINT "customers_merged_into_id_customers_id_fk" FOREIGN KEY ("merged_into_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "customers_merged" ON "customers" USING btree ("merged_into_id") WHERE merged_into_id is not null;--> statement-breakpoint
ALTER TABLE "customers" ADD CONSTRAINT "customers_merged_gone" CHECK ("customers"."merged_into_id" is null or ("customers"."deleted_at" is not null and "customers"."merged_into_id" <> "customers"."id"));--> statement-breakpoint
-- Facts stay as they are; whose they are may change, when customers are merged and when that is undone.
create or replace function refuse_change_of_facts() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and current_setting('cartera.merging', true) = 'on' and to_jsonb(new) - 'customer_id' = to_jsonb(old) - 'customer_id' then
    return new;
  end if;
  raise exception 'rows of % are facts: they are added, never changed or deleted', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;--> statement-breakpoint
-- Somebody who saw the customer a moment ago writes while it is merged: the reference waits for the merge, and then the row goes where the others went.
create function follow_merged_customer() returns trigger language plpgsql as $$
begin
  if exists (select 1 from added a join customer_merges m on m.merged_id = a.customer_id and m.undone_at is null) then
    perform set_config('cartera.merging', 'on', true);
    execute format('update %I t set customer_id = c.merged_into_id from added a join customers c on c.id = a.customer_id
      where t.id = a.id and c.merged_into_id is not null', tg_table_name);
    perform set_config('cartera.merging', 'off', true);
  end if;
  return null;
end $$;--> statement-breakpoint
-- Every table whose rows are a customer's, those of later migrations too: migrateDatabase asks after each.
create function watch_customer_references() returns void language plpgsql as $$
declare
  name text;
begin
  for name in
    select t.relname from pg_constraint k join pg_class t on t.oid = k.conrelid join pg_attribute a on a.attrelid = t.oid and a.attnum = k.conkey[1]
    where k.contype = 'f' and k.confrelid = 'customers'::regclass and a.attname = 'customer_id'
      and exists (select 1 from pg_attribute i where i.attrelid = t.oid and i.attname = 'id' and not i.attisdropped)
      and not exists (select 1 from pg_trigger g where g.tgrelid = t.oid and g.tgname = 'follow_merged_customer')
  loop
    execute format('create trigger follow_merged_customer after insert on %I referencing new table as added for each statement execute function follow_merged_customer()', name);
  end loop;
end $$;--> statement-breakpoint
select watch_customer_references();
