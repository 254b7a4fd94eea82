-- Made from migrations/20261125110120_restore.sql by `npm run supabase:migrations`: change that file, not this one.
-- A run that was reset goes on, and a job's whole record is made anew.

-- A run that was reset on purpose goes on: what was closed before it began, or was ended from outside, may begin within its generation.
-- What ran, failed or was completed stays as it is: nothing is done twice.
create function registration.reopen_sub_steps(p_job_id uuid) returns void language plpgsql as
$$
begin
  update public.registration_sub_steps
    set status = 'pending', error_type = null, error = null, reason = null, note = null, completed_at = null
    where job_id = p_job_id and status = 'cancelled';
  perform registration.refresh_from_ledger(p_job_id);
end
$$;

create function registration.has_other_live_job(s public.registration_jobs) returns boolean language sql stable as
$$
  select exists (select from public.registration_jobs other
    where other.restaurant_id = s.restaurant_id and other.id <> s.id
      and other.status in ('pending', 'in_progress', 'action_required'))
$$;

-- Writes a job's snapshot over the stored row, whatever its revision.
create function registration.save_job(s public.registration_jobs, p jsonb, p_reopened boolean) returns void
language plpgsql as
$$
begin
  update public.registration_jobs set
      status = x.status, closure = x.closure, current_step = x.current_step, revision = x.revision,
      workflow_run_id = x.run_id, error_message = x.error_message, last_error_details = x.last_error_details,
      started_at = x.started_at, completed_at = x.completed_at, cancelled_at = x.cancelled_at,
      waiting_reason = x.waiting_reason, note = x.note, search_no = x.search_no,
      execution_config = coalesce(x.execution_config, s.execution_config),
      -- A cancel was for the run that it closed; a job that was cancelled before it ever ran stays cancelled.
      cancel_requested_at = case when not p_reopened then s.cancel_requested_at end
    from jsonb_to_record(p) as x (status text, closure text, current_step integer, revision bigint, run_id text,
      error_message text, last_error_details jsonb, started_at timestamptz, completed_at timestamptz,
      cancelled_at timestamptz, waiting_reason text, note text, search_no integer, execution_config jsonb)
    where id = s.id;
  perform registration.save_steps(s.id, p -> 'steps');
  if p_reopened then
    perform registration.reopen_sub_steps(s.id);
  end if;
end
$$;

-- Takes a job's snapshot (JobSnapshot of domain/record.ts): applied, unchanged or stale.
create or replace function registration.apply_job(s public.registration_jobs, p jsonb) returns text language plpgsql as
$$
declare
  x record;
  v_reopened boolean := false;
  v_live constant text[] := array['pending', 'in_progress', 'action_required'];
begin
  select * into x from jsonb_to_record(p) as r (status text, revision bigint, run_id text);
  if x.revision = s.revision then
    return 'unchanged';
  end if;
  if x.revision < s.revision then
    return 'stale';
  end if;
  if s.status <> all (v_live) then
    -- Only a run that was reset on purpose reopens a closed job, and not beside another live job of the restaurant.
    if x.run_id is not distinct from s.workflow_run_id then
      return 'stale';
    end if;
    if x.status = any (v_live) and registration.has_other_live_job(s) then
      return 'stale';
    end if;
    v_reopened := x.status = any (v_live) and s.workflow_run_id is not null;
  end if;
  perform registration.save_job(s, p, v_reopened);
  return 'applied';
end
$$;

-- For an activity whose run was reset and goes on while the record still shows what the former run closed: the run's next snapshot
-- may come much later than its next call. The caller has made sure that its run is the one that is running.
-- In: { job_id, run_id }. Out: { reopened }; false if it is live, was closed by this very run, or its restaurant has another live job.
create function public.reopen_registration_job(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as
$$
declare
  j registration_jobs;
begin
  select * into j from registration_jobs where id = (p ->> 'job_id')::uuid for no key update;
  if not found or j.status not in ('completed', 'failed', 'cancelled') or j.workflow_run_id is null
     or j.workflow_run_id = p ->> 'run_id' or registration.has_other_live_job(j) then
    return jsonb_build_object('reopened', false);
  end if;
  update registration_jobs set status = 'in_progress', closure = null, error_message = null, completed_at = null,
      cancelled_at = null, cancel_requested_at = null, workflow_run_id = p ->> 'run_id'
    where id = j.id;
  perform registration.reopen_sub_steps(j.id);
  perform record_batch_summary(j.batch_job_id);
  return jsonb_build_object('reopened', true);
end
$$;
select registration.service_only('public.reopen_registration_job(jsonb)');

-- One ledger row of a record that is made anew. `p_lost`: the stored one was only just put in place, nothing is known but what the
-- workflow says. A call of which it does not know the number counts as one whose end is not known, so that it is looked for.
create function registration.restore_sub_step(j public.registration_jobs, w jsonb, p_lost boolean) returns void
language plpgsql as
$$
declare
  s public.registration_sub_steps;
  n public.registration_sub_steps;
  v_runs boolean := w ->> 'status' in ('in_progress', 'retrying');
begin
  select * into s from public.registration_sub_steps where job_id = j.id and key = w ->> 'key' for no key update;
  if p_lost then
    n := registration.merge_sub_step(s, w || jsonb_build_object('attempt',
      coalesce((w ->> 'attempt')::integer, case when v_runs then 1 else 0 end)));
    if v_runs then
      n.attempt_started_at := date_trunc('milliseconds', clock_timestamp());
    end if;
    perform registration.save_sub_step(n);
  elsif (w ->> 'generation')::integer = s.generation and w ->> 'status' = s.status
    and s.status in ('completed', 'failed', 'skipped', 'cancelled') and coalesce((w ->> 'attempt')::integer, s.attempt) >= s.attempt
  then
    perform registration.save_sub_step(registration.merge_sub_step(s, w));
  else
    -- What an activity wrote may be ahead of what its workflow knows.
    perform registration.apply_sub_step(j, w);
  end if;
end
$$;

-- Puts in place what is missing of a job: its batch, its row, its steps, its ledger. Answers the keys of the ledger rows that it made.
create function registration.restore_rows(p jsonb) returns text[] language plpgsql as
$$
declare
  i jsonb := p -> 'identity';
  v_organisation uuid := (i ->> 'organisation_id')::uuid;
  v_batch uuid := (i ->> 'batch_job_id')::uuid;
  v_job uuid := (p ->> 'job_id')::uuid;
  v_made text[];
begin
  insert into public.registration_batch_jobs (id, name, organisation_id, failure_policy, start_requested_at)
    values (v_batch, coalesce(i ->> 'batch_name', 'Restored batch'), v_organisation,
      coalesce(i ->> 'failure_policy', 'wait'), coalesce((p #>> '{job,started_at}')::timestamptz, clock_timestamp()))
    on conflict do nothing;
  insert into public.registration_jobs (id, batch_job_id, restaurant_id, organisation_id, position, status)
    values (v_job, v_batch, (i ->> 'restaurant_id')::uuid, v_organisation, (i ->> 'position')::integer, p #>> '{job,status}')
    on conflict do nothing;
  -- Another live job of the restaurant keeps this one out.
  if not exists (select from public.registration_jobs where id = v_job) then
    return null;
  end if;
  perform from public.registration_jobs where id = v_job for no key update;
  insert into public.registration_job_steps (job_id, organisation_id, step_number, step_name, step_description, step_type)
    select v_job, v_organisation, s.step_number, s.step_name, s.step_description, s.step_type
    from jsonb_to_recordset(p #> '{seeds,steps}')
      as s (step_number integer, step_name text, step_description text, step_type text)
    on conflict do nothing;
  with made as (
    insert into public.registration_sub_steps (job_id, organisation_id, key, phase, position, max_attempts)
      select v_job, v_organisation, s.key, s.phase, s.position, s.max_attempts
      from jsonb_to_recordset(p #> '{seeds,sub_steps}') as s (key text, phase integer, position integer, max_attempts integer)
      on conflict do nothing
      returning key
  )
  select coalesce(array_agg(key), '{}') into v_made from made;
  return v_made;
end
$$;

-- Makes the whole record of a job anew from what its workflow knows. In: RestoreWrite of domain/record.ts, and
-- seeds: { steps, sub_steps } as `create_registration_batch` takes them. Out: { restored, revision }: the revision that stands.
-- Not restored: a newer revision is stored, a run that is closed would open its job again, or its restaurant has another live job.
-- The platform's tables are no part of the record and stay as they are.
create function public.restore_registration_job(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as
$$
declare
  x jsonb := p -> 'job';
  s registration_jobs;
  w jsonb;
  v_live boolean := x ->> 'status' in ('pending', 'in_progress', 'action_required');
  v_made text[];
begin
  select * into s from registration_jobs where id = (p ->> 'job_id')::uuid for no key update;
  if found and (s.revision > (x ->> 'revision')::bigint or (v_live and s.status in ('completed', 'failed', 'cancelled')
      and (s.workflow_run_id is not distinct from x ->> 'run_id' or registration.has_other_live_job(s)))) then
    return jsonb_build_object('restored', false, 'revision', s.revision);
  end if;
  v_made := registration.restore_rows(p);
  if v_made is null then
    return jsonb_build_object('restored', false, 'revision', 0);
  end if;
  select * into strict s from registration_jobs where id = (p ->> 'job_id')::uuid;
  perform registration.save_job(s, x, s.status in ('completed', 'failed', 'cancelled') and v_live);
  select * into strict s from registration_jobs where id = s.id;
  for w in select r from jsonb_array_elements(coalesce(nullif(p -> 'sub_steps', 'null'), '[]')) r loop
    perform registration.restore_sub_step(s, w, w ->> 'key' = any (v_made));
  end loop;
  perform apply_registration_snapshot(jsonb_build_object('job_id', s.id, 'events', p -> 'events'));
  update registration_jobs j set
      pumpd_user_id = coalesce(account.output ->> 'pumpd_user_id', j.pumpd_user_id),
      pumpd_restaurant_id = coalesce(restaurant.output ->> 'pumpd_restaurant_id', j.pumpd_restaurant_id)
    from registration_sub_steps account, registration_sub_steps restaurant
    where j.id = s.id and account.job_id = s.id and account.key = 'cloudwaitressAccount'
      and restaurant.job_id = s.id and restaurant.key = 'restaurantRegistration';
  perform registration.refresh_from_ledger(s.id);
  update registration_batch_jobs b set total_restaurants = known.jobs
    from (select count(*) as jobs from registration_jobs where batch_job_id = s.batch_job_id) known
    where b.id = s.batch_job_id and b.total_restaurants < known.jobs;
  perform record_batch_summary(s.batch_job_id);
  return jsonb_build_object('restored', true, 'revision', s.revision);
end
$$;
select registration.service_only('public.restore_registration_job(jsonb)');

-- PostgREST reads the schema anew.
notify pgrst, 'reload schema';
