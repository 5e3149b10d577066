-- Facts are never changed or deleted, with two exceptions that a transaction asks for by name: a merge moves them to the customer that survives, and
-- undoing an import takes away those of what it made and nobody built on, as if the file had never come.
create or replace function refuse_change_of_facts() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and current_setting('cartera.merging', true) = 'on' and to_jsonb(new) - 'customer_id' = to_jsonb(old) - 'customer_id' then
    return new;
  end if;
  if tg_op = 'DELETE' and tg_table_name = 'receivable_movements' and current_setting('cartera.undoing_import', true) = 'on' then
    return old;
  end if;
  raise exception 'rows of % are facts: they are added, never changed or deleted', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
