-- Made from migrations/20261125110000_notify.sql by `npm run supabase:migrations`: change that file, not this one.
-- What watchers follow: each change of a batch or of one of its jobs has a number, rising within the batch, and is announced.

create table public.registration_batch_changes (
  batch_job_id uuid primary key references public.registration_batch_jobs (id) on delete cascade,
  -- The newest change of the batch or of any of its jobs.
  last_change bigint not null,
  -- The newest change of the batch's own row; 0 = none since it was created.
  batch_change bigint not null default 0,
  changed_in xid8
);

create table public.registration_job_changes (
  job_id uuid primary key references public.registration_jobs (id) on delete cascade,
  batch_job_id uuid not null references public.registration_batch_jobs (id) on delete cascade,
  change_no bigint not null,
  -- A transaction writes many rows of a job; to a watcher that is one change.
  changed_in xid8 not null
);
create unique index registration_job_changes_number_idx on public.registration_job_changes (batch_job_id, change_no);

do $access$
declare
  v_table text;
begin
  -- The service alone reads them, and only the triggers below write them.
  foreach v_table in array array['registration_batch_changes', 'registration_job_changes'] loop
    execute format('alter table public.%I enable row level security', v_table);
    execute format('revoke all on public.%I from public, anon, authenticated, service_role', v_table);
    execute format('grant select on public.%I to service_role', v_table);
  end loop;
end
$access$;

-- Takes the batch's next number. Whoever took one holds the row until its transaction has ended, so numbers become visible in
-- their order: a reader that has seen one has seen all before it. Microseconds, as revisions are: numbers of a record that was
-- emptied and built anew go on where the old ones ended.
create function registration.next_change(p_batch_id uuid) returns bigint language sql as
$$
  insert into public.registration_batch_changes as c (batch_job_id, last_change)
    values (p_batch_id, (extract(epoch from clock_timestamp()) * 1000000)::bigint)
    on conflict (batch_job_id) do update set last_change = greatest(c.last_change + 1, excluded.last_change)
    returning last_change
$$;

-- The id and the number alone: a notification is heard by everybody who may connect.
create function registration.announce_change(p_batch_id uuid, p_change bigint) returns void language sql as
$$
  select pg_notify('registration_changes', json_build_object('batch_id', p_batch_id, 'change', p_change)::text)
$$;

create function registration.number_job_change(p_job_id uuid) returns void language plpgsql as
$$
declare
  v_batch_id uuid;
  v_change bigint;
begin
  if exists (select from public.registration_job_changes
      where job_id = p_job_id and changed_in = pg_current_xact_id()) then
    return;
  end if;
  select batch_job_id into v_batch_id from public.registration_jobs where id = p_job_id;
  if not found then
    return; -- deleted by the same transaction
  end if;
  v_change := registration.next_change(v_batch_id);
  insert into public.registration_job_changes (job_id, batch_job_id, change_no, changed_in)
    values (p_job_id, v_batch_id, v_change, pg_current_xact_id())
    on conflict (job_id) do update set change_no = excluded.change_no, changed_in = excluded.changed_in;
  perform registration.announce_change(v_batch_id, v_change);
end
$$;

create function registration.batch_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as
$$
declare
  v_change bigint;
begin
  if exists (select from registration_batch_changes where batch_job_id = new.id and changed_in = pg_current_xact_id())
     or not exists (select from registration_batch_jobs where id = new.id) then
    return null;
  end if;
  v_change := registration.next_change(new.id);
  update registration_batch_changes set batch_change = v_change, changed_in = pg_current_xact_id()
    where batch_job_id = new.id;
  perform registration.announce_change(new.id, v_change);
  return null;
end
$$;

create function registration.job_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as
$$
begin
  perform registration.number_job_change(new.id);
  return null;
end
$$;

create function registration.step_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as
$$
begin
  perform registration.number_job_change(new.job_id);
  return null;
end
$$;

-- Deferred to the commit: the batch's row of numbers is then held for a moment, and no other lock is waited for behind it.
-- Sub-steps need no trigger: their step's sub_step_progress follows them.
create constraint trigger watch_batch after update on public.registration_batch_jobs deferrable initially deferred
  for each row when (old.* is distinct from new.*) execute function registration.batch_changed();
create constraint trigger watch_job after update on public.registration_jobs deferrable initially deferred
  for each row when (old.* is distinct from new.*) execute function registration.job_changed();
create constraint trigger watch_step after update on public.registration_job_steps deferrable initially deferred
  for each row when (old.* is distinct from new.*) execute function registration.step_changed();

notify pgrst, 'reload schema';
