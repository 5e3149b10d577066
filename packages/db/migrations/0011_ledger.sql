CREATE TABLE "receivable_movements" (
	"id" uuid PRIMARY KEY NOT NULL,
	"receivable_id" uuid NOT NULL,
	"customer_id" uuid NOT NULL,
	"on_day" date NOT NULL,
	"kind" text NOT NULL,
	"currency" char(3) NOT NULL,
	"amount_minor" bigint NOT NULL,
	"payment_id" uuid,
	"credit_note_id" uuid,
	"reverses_id" uuid,
	"reason" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_by" uuid,
	CONSTRAINT "receivable_movements_sign" CHECK (case "receivable_movements"."kind" when 'charge' then "receivable_movements"."amount_minor" > 0 when 'payment' then "receivable_movements"."amount_minor" < 0 when 'credit' then "receivable_movements"."amount_minor" < 0
          when 'write-off' then "receivable_movements"."amount_minor" < 0 else "receivable_movements"."amount_minor" <> 0 end),
	CONSTRAINT "receivable_movements_source" CHECK (case "receivable_movements"."kind" when 'payment' then "receivable_movements"."payment_id" is not null and "receivable_movements"."credit_note_id" is null
          when 'credit' then "receivable_movements"."credit_note_id" is not null and "receivable_movements"."payment_id" is null
          when 'reversal' then "receivable_movements"."reverses_id" is not null
          else "receivable_movements"."payment_id" is null and "receivable_movements"."credit_note_id" is null end),
	CONSTRAINT "receivable_movements_reverses" CHECK (("receivable_movements"."kind" = 'reversal') = ("receivable_movements"."reverses_id" is not null))
);
--> statement-breakpoint
ALTER TABLE "documents" ADD COLUMN "unapplied_minor" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "documents" ADD COLUMN "external_id" text;--> statement-breakpoint
ALTER TABLE "documents" ADD COLUMN "stated_applications" jsonb;--> statement-breakpoint
ALTER TABLE "documents" ADD COLUMN "comment" text;--> statement-breakpoint
ALTER TABLE "documents" ADD COLUMN "voided_on" date;--> statement-breakpoint
ALTER TABLE "documents" ADD COLUMN "void_reason" text;--> statement-breakpoint
ALTER TABLE "documents" ADD COLUMN "created_by" uuid;--> statement-breakpoint
ALTER TABLE "payments" ADD COLUMN "unapplied_minor" bigint;--> statement-breakpoint
ALTER TABLE "payments" ADD COLUMN "stated_applications" jsonb;--> statement-breakpoint
update payments p set unapplied_minor = p.amount_minor - coalesce((select sum(a.amount_minor) from payment_applications a where a.payment_id = p.id), 0),
  stated_applications = case when p.external_id is not null then coalesce((select jsonb_agg(jsonb_build_object('id', a.receivable_id, 'amount', a.amount_minor::text))
    from payment_applications a where a.payment_id = p.id), '[]') end;--> statement-breakpoint
ALTER TABLE "payments" ALTER COLUMN "unapplied_minor" SET NOT NULL;--> statement-breakpoint
insert into receivable_movements (id, receivable_id, customer_id, on_day, kind, currency, amount_minor, created_at)
select gen_random_uuid(), id, customer_id, least(issued_on, current_date), 'charge', currency, amount_minor, created_at
from receivables where amount_minor > 0;--> statement-breakpoint
insert into receivable_movements (id, receivable_id, customer_id, on_day, kind, currency, amount_minor, payment_id, created_at, created_by)
select gen_random_uuid(), r.id, r.customer_id, least(greatest(a.applied_on, r.issued_on), current_date), 'payment', r.currency, -a.amount_minor, p.id, a.created_at, p.created_by
from payment_applications a join receivables r on r.id = a.receivable_id join payments p on p.id = a.payment_id;--> statement-breakpoint
insert into receivable_movements (id, receivable_id, customer_id, on_day, kind, currency, amount_minor)
select gen_random_uuid(), r.id, r.customer_id, current_date, 'correction', r.currency, r.balance_minor - coalesce(m.sum, 0)
from receivables r left join (select receivable_id, sum(amount_minor) as sum from receivable_movements group by receivable_id) m on m.receivable_id = r.id
where r.balance_minor <> coalesce(m.sum, 0);--> statement-breakpoint
create function refuse_change_of_facts() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are facts: they are added, never changed or deleted', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;--> statement-breakpoint
create trigger receivable_movements_are_facts before update or delete on receivable_movements for each row execute function refuse_change_of_facts();--> statement-breakpoint
ALTER TABLE "payments" ADD COLUMN "reversed_on" date;--> statement-breakpoint
ALTER TABLE "payments" ADD COLUMN "reversal_reason" text;--> statement-breakpoint
ALTER TABLE "receivable_movements" ADD CONSTRAINT "receivable_movements_receivable_id_receivables_id_fk" FOREIGN KEY ("receivable_id") REFERENCES "public"."receivables"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "receivable_movements" ADD CONSTRAINT "receivable_movements_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "receivable_movements" ADD CONSTRAINT "receivable_movements_payment_id_payments_id_fk" FOREIGN KEY ("payment_id") REFERENCES "public"."payments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "receivable_movements" ADD CONSTRAINT "receivable_movements_credit_note_id_documents_id_fk" FOREIGN KEY ("credit_note_id") REFERENCES "public"."documents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "receivable_movements" ADD CONSTRAINT "receivable_movements_reverses_id_receivable_movements_id_fk" FOREIGN KEY ("reverses_id") REFERENCES "public"."receivable_movements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "receivable_movements_receivable" ON "receivable_movements" USING btree ("receivable_id","on_day");--> statement-breakpoint
CREATE INDEX "receivable_movements_customer" ON "receivable_movements" USING btree ("customer_id","on_day");--> statement-breakpoint
CREATE INDEX "receivable_movements_day" ON "receivable_movements" USING btree ("on_day");--> statement-breakpoint
CREATE INDEX "receivable_movements_payment" ON "receivable_movements" USING btree ("payment_id") WHERE payment_id is not null;--> statement-breakpoint
CREATE INDEX "receivable_movements_credit_note" ON "receivable_movements" USING btree ("credit_note_id") WHERE credit_note_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "receivable_movements_reversed_once" ON "receivable_movements" USING btree ("reverses_id") WHERE reverses_id is not null;--> statement-breakpoint
ALTER TABLE "documents" ADD CONSTRAINT "documents_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "documents_external_id_unique" ON "documents" USING btree ("external_id");--> statement-breakpoint
CREATE INDEX "documents_unapplied" ON "documents" USING btree ("customer_id") WHERE unapplied_minor > 0;--> statement-breakpoint
CREATE INDEX "documents_credit_notes" ON "documents" USING btree ("issued_on","id") WHERE type = 'credit-note';--> statement-breakpoint
CREATE INDEX "payments_unapplied" ON "payments" USING btree ("customer_id") WHERE unapplied_minor > 0;--> statement-breakpoint
ALTER TABLE "documents" ADD CONSTRAINT "documents_unapplied" CHECK ("documents"."unapplied_minor" between 0 and "documents"."total_minor");--> statement-breakpoint
ALTER TABLE "payments" ADD CONSTRAINT "payments_unapplied" CHECK ("payments"."unapplied_minor" between 0 and "payments"."amount_minor");--> statement-breakpoint
ALTER TABLE "payments" ADD CONSTRAINT "payments_reversed" CHECK ("payments"."reversed_on" is null or ("payments"."unapplied_minor" = 0 and "payments"."reversed_on" >= "payments"."paid_on"));