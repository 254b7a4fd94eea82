-- Made from migrations/20261125090700_control.sql by `npm run supabase:migrations`: change that file, not this one.
-- Start, cancel, and the closing of jobs whose workflow never wrote or can write no more.

-- Closes a job and whatever of it is open. What ran may still act outside: its ledger row fails as unclear, which a late
-- "completed" of the same attempt may still correct; all else that is open is cancelled.
create function registration.finish_job(j public.registration_jobs, p_status text, p_reason text) returns void
language plpgsql as
$$
begin
  update public.registration_jobs set
      status = p_status,
      closure = case p_status when 'cancelled' then 'cancelled' else 'given_up' end,
      error_message = case p_status when 'failed' then p_reason else error_message end,
      waiting_reason = null,
      completed_at = clock_timestamp(),
      cancelled_at = case p_status when 'cancelled' then clock_timestamp() end
    where id = j.id;
  update public.registration_job_steps set
      status = case when p_status = 'failed' and status <> 'pending' then 'failed' else 'cancelled' end,
      error_message = case when status <> 'pending' then p_reason end,
      completed_at = case when status <> 'pending' then clock_timestamp() end
    where job_id = j.id and status in ('pending', 'in_progress', 'retrying', 'action_required');
  update public.registration_sub_steps set
      status = case when status in ('in_progress', 'retrying') then 'failed' else 'cancelled' end,
      error_type = case when status in ('in_progress', 'retrying') then 'OutcomeUnclear' end,
      error = case when status in ('in_progress', 'retrying') then p_reason end,
      reason = p_reason,
      completed_at = clock_timestamp()
    where job_id = j.id and status in ('pending', 'in_progress', 'retrying', 'blocked');
  perform registration.refresh_from_ledger(j.id);
  insert into public.registration_events (id, organisation_id, batch_job_id, job_id, kind, reason, data, at)
    values (format('job:%s:closed:%s', j.id, j.revision), j.organisation_id, j.batch_job_id, j.id, 'job_closed', p_reason,
      jsonb_build_object('status', p_status), clock_timestamp())
    on conflict do nothing;
end
$$;

-- Closes those of a batch's jobs that are open and have no snapshot; answers their ids. Locks jobs, then the batch.
create function registration.finish_unstarted(p_batch_id uuid, p_status text, p_reason text) returns uuid[]
language plpgsql as
$$
declare
  j public.registration_jobs;
  v_ids uuid[] := '{}';
begin
  for j in select * from public.registration_jobs
    where batch_job_id = p_batch_id and revision = 0 and status in ('pending', 'in_progress', 'action_required')
    order by id for no key update
  loop
    perform registration.finish_job(j, p_status, p_reason);
    v_ids := v_ids || j.id;
  end loop;
  perform public.record_batch_summary(p_batch_id);
  return v_ids;
end
$$;

create function registration.check_closing_status(p_status text) returns text language plpgsql immutable as
$$
begin
  if p_status is null or p_status not in ('cancelled', 'failed') then
    raise exception 'a job is closed as cancelled or failed, not as %', p_status using errcode = 'invalid_parameter_value';
  end if;
  return p_status;
end
$$;

-- In: { batch_id, status: cancelled | failed, reason }. Out: { closed, job_ids }.
create function public.close_unstarted_jobs(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as
$$
declare
  v_ids uuid[] := registration.finish_unstarted((p ->> 'batch_id')::uuid,
    registration.check_closing_status(p ->> 'status'), p ->> 'reason');
begin
  return jsonb_build_object('closed', cardinality(v_ids), 'job_ids', to_jsonb(v_ids));
end
$$;

-- For a job whose run ended without writing. In: { job_id, status: cancelled | failed, reason, expected_revision? }.
-- Out: { closed, status, revision }; not closed if it is terminal already or the revision is another than expected;
-- status null = no such job.
create function public.close_job(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as
$$
declare
  j registration_jobs;
  v_status text := registration.check_closing_status(p ->> 'status');
begin
  select * into j from registration_jobs where id = (p ->> 'job_id')::uuid for no key update;
  if not found then
    return jsonb_build_object('closed', false, 'status', null, 'revision', null);
  end if;
  if j.status in ('completed', 'failed', 'cancelled') or j.revision <> coalesce((p ->> 'expected_revision')::bigint, j.revision) then
    return jsonb_build_object('closed', false, 'status', j.status, 'revision', j.revision);
  end if;
  perform registration.finish_job(j, v_status, p ->> 'reason');
  perform record_batch_summary(j.batch_job_id);
  return jsonb_build_object('closed', true, 'status', v_status, 'revision', j.revision);
end
$$;

-- In: { organisation_id, batch_id, actor }. Out: { outcome: started | already_started | invalid_status | not_found, status }.
create function public.request_start(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as
$$
declare
  b registration_batch_jobs;
  v_summary jsonb;
begin
  select * into b from registration_batch_jobs
    where id = (p ->> 'batch_id')::uuid and organisation_id = (p ->> 'organisation_id')::uuid for no key update;
  if not found then
    return jsonb_build_object('outcome', 'not_found', 'status', null);
  end if;
  if b.status = 'cancelled' or (b.start_requested_at is null and b.status <> 'pending') then
    return jsonb_build_object('outcome', 'invalid_status', 'status', b.status);
  end if;
  if b.start_requested_at is not null then
    return jsonb_build_object('outcome', 'already_started', 'status', b.status);
  end if;
  update registration_batch_jobs set start_requested_at = clock_timestamp() where id = b.id;
  insert into registration_events (id, organisation_id, batch_job_id, kind, actor, at)
    values (format('batch:%s:start_requested', b.id), b.organisation_id, b.id, 'start_requested', p ->> 'actor', clock_timestamp())
    on conflict do nothing;
  v_summary := record_batch_summary(b.id);
  return jsonb_build_object('outcome', 'started', 'status', v_summary -> 'status');
end
$$;

create function registration.cancel_event(b public.registration_batch_jobs, p_job_id uuid, p jsonb) returns void
language sql as
$$
  insert into public.registration_events (id, organisation_id, batch_job_id, job_id, kind, actor, reason, at)
    values (case when p_job_id is null then format('batch:%s:cancel_requested', b.id)
        else format('job:%s:cancel_requested', p_job_id) end,
      b.organisation_id, b.id, p_job_id, 'cancel_requested', p ->> 'actor', p ->> 'reason', clock_timestamp())
    on conflict do nothing
$$;

create function registration.cancel_batch(p_batch_id uuid, p jsonb) returns jsonb language plpgsql as
$$
declare
  b public.registration_batch_jobs;
  v_ids uuid[] := '{}';
  v_summary jsonb;
begin
  -- Jobs are locked before their batch. A start that was asked for is never taken back, so it needs no second look.
  perform from public.registration_jobs j
    where j.batch_job_id = p_batch_id
      and exists (select from public.registration_batch_jobs x where x.id = p_batch_id and x.start_requested_at is null)
    order by j.id for no key update of j;
  select * into b from public.registration_batch_jobs where id = p_batch_id for no key update;
  if b.status in ('completed', 'failed', 'cancelled') then
    return jsonb_build_object('outcome', 'terminal', 'status', b.status);
  end if;
  if b.cancel_requested_at is not null then
    return jsonb_build_object('outcome', 'already_requested', 'status', b.status);
  end if;
  update public.registration_batch_jobs set cancel_requested_at = clock_timestamp() where id = b.id;
  perform registration.cancel_event(b, null, p);
  if b.start_requested_at is not null then
    return jsonb_build_object('outcome', 'requested', 'status', b.status);
  end if;
  v_ids := registration.finish_unstarted(b.id, 'cancelled', coalesce(p ->> 'reason', 'The batch was cancelled before it was started.'));
  v_summary := public.record_batch_summary(b.id);
  return jsonb_build_object('outcome', 'cancelled', 'status', v_summary -> 'status', 'jobs', cardinality(v_ids));
end
$$;

create function registration.cancel_job(j public.registration_jobs, p jsonb) returns jsonb language plpgsql as
$$
declare
  b public.registration_batch_jobs;
begin
  if j.status in ('completed', 'failed', 'cancelled') then
    return jsonb_build_object('outcome', 'terminal', 'status', j.status);
  end if;
  if j.cancel_requested_at is not null then
    return jsonb_build_object('outcome', 'already_requested', 'status', j.status);
  end if;
  select * into b from public.registration_batch_jobs where id = j.batch_job_id for no key update;
  update public.registration_jobs set cancel_requested_at = clock_timestamp() where id = j.id;
  perform registration.cancel_event(b, j.id, p);
  if b.start_requested_at is not null then
    return jsonb_build_object('outcome', 'requested', 'status', j.status);
  end if;
  -- No workflow will do it.
  perform registration.finish_job(j, 'cancelled', coalesce(p ->> 'reason', 'The job was cancelled before its batch was started.'));
  perform public.record_batch_summary(b.id);
  return jsonb_build_object('outcome', 'cancelled', 'status', 'cancelled');
end
$$;

-- In: { organisation_id, batch_id | job_id, actor, reason? }.
-- Out: { outcome, status }: requested (now; its workflow must be told), already_requested (telling again is harmless),
-- cancelled (it was never started, all is done), terminal (nothing to cancel), not_found. `status` is the one found, with
-- outcome cancelled the new one.
create function public.request_cancel(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as
$$
declare
  v_organisation uuid := (p ->> 'organisation_id')::uuid;
  j registration_jobs;
begin
  if p ->> 'job_id' is not null then
    select * into j from registration_jobs
      where id = (p ->> 'job_id')::uuid and organisation_id = v_organisation for no key update;
    if found then
      return registration.cancel_job(j, p);
    end if;
  elsif exists (
    select from registration_batch_jobs where id = (p ->> 'batch_id')::uuid and organisation_id = v_organisation
  ) then
    return registration.cancel_batch((p ->> 'batch_id')::uuid, p);
  end if;
  return jsonb_build_object('outcome', 'not_found', 'status', null);
end
$$;

do $access$
begin
  perform registration.service_only(f::regprocedure) from unnest(array['public.close_unstarted_jobs(jsonb)',
    'public.close_job(jsonb)', 'public.request_start(jsonb)', 'public.request_cancel(jsonb)']) as f;
end
$access$;

-- PostgREST reads the schema anew.
notify pgrst, 'reload schema';
