-- Made from migrations/20261128100000_realtime.sql by `npm run supabase:migrations`: change that file, not this one.
-- Supabase Realtime tells a front end of changes in the tables that its publication names; row level security decides to whom. Elsewhere
-- there is no such publication, and nothing happens. The replica identity stays the primary key: of a deleted row, of which
-- everybody who listens is told, no more than its id is sent.

do $realtime$
declare
  v_table text;
begin
  if not exists (
    select from pg_publication
    where pubname = 'supabase_realtime' and not puballtables and pg_has_role(pubowner, 'member')
  ) then
    return;
  end if;
  foreach v_table in array array['registration_batch_jobs', 'registration_jobs', 'registration_job_steps', 'registration_sub_steps']
  loop
    if not exists (
      select from pg_publication_tables
      where pubname = 'supabase_realtime' and schemaname = 'public' and tablename = v_table
    ) then
      execute format('alter publication supabase_realtime add table public.%I', v_table);
    end if;
  end loop;
end
$realtime$;
