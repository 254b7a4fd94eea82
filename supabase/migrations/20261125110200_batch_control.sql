-- Made from migrations/20261125110200_batch_control.sql by `npm run supabase:migrations`: change that file, not this one.
-- Whether a batch is paused, as its workflow says.

-- Of the last write taken, microseconds: a late one cannot undo a newer.
alter table public.registration_batch_jobs add column pause_revision bigint not null default 0;

-- In: { batch_id, revision, paused_at | null, pause_reason | null, events: RecordEvent[] }. Out: { applied }; null = no such batch.
-- What happened stays true when the write that told it came late: events go in whatever became of the rest. Locks the batch alone.
create function public.set_batch_pause(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as
$$
declare
  b registration_batch_jobs;
  v_newer boolean;
begin
  select * into b from registration_batch_jobs where id = (p ->> 'batch_id')::uuid for no key update;
  if not found then
    return null;
  end if;
  v_newer := (p ->> 'revision')::bigint > b.pause_revision;
  if v_newer then
    update registration_batch_jobs set
        paused_at = (p ->> 'paused_at')::timestamptz,
        pause_reason = p ->> 'pause_reason',
        pause_revision = (p ->> 'revision')::bigint
      where id = b.id;
  end if;
  insert into registration_events (id, organisation_id, batch_job_id, kind, actor, reason, data, at)
    select e.id, b.organisation_id, b.id, e.kind, e.actor, e.reason, coalesce(e.data, '{}'), e.at
    from jsonb_to_recordset(coalesce(nullif(p -> 'events', 'null'), '[]'))
      as e (id text, kind text, actor text, reason text, data jsonb, at timestamptz)
    on conflict do nothing;
  return jsonb_build_object('applied', v_newer);
end
$$;
select registration.service_only('public.set_batch_pause(jsonb)');

-- A batch that is over is not paused, whoever closed it.
create function registration.clear_pause() returns trigger language plpgsql as
$$
begin
  new.paused_at := null;
  new.pause_reason := null;
  return new;
end
$$;
-- Fires before touch_updated_at: triggers go by name.
create trigger clear_pause before update on public.registration_batch_jobs for each row
  when (new.status in ('completed', 'failed', 'cancelled') and (new.paused_at, new.pause_reason) is distinct from (null, null))
  execute function registration.clear_pause();

notify pgrst, 'reload schema';
