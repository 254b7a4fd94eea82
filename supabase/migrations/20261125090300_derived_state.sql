-- Made from migrations/20261125090300_derived_state.sql by `npm run supabase:migrations`: change that file, not this one.
-- What the database derives: the progress of step 6 from its ledger, a batch's row from its jobs.

create function registration.iso(p timestamptz) returns text language sql stable as
$$ select to_char(p at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;

-- Null unless both are known; clocks of two machines may make it negative, which counts as 0.
create function registration.milliseconds(p_from timestamptz, p_to timestamptz) returns bigint language sql immutable as
$$ select case when p_to < p_from then 0 else round(extract(epoch from p_to - p_from) * 1000)::bigint end $$;

-- The text as a uuid, null if it is none: a malformed reference must not make a write fail for ever.
create function registration.to_uuid(p text) returns uuid language sql immutable as
$$
  select case when p ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then p::uuid end
$$;

-- A phase's status from those of its sub-steps.
create function registration.phase_status(p text[]) returns text language sql immutable as
$$
  select case
    when p <@ array['skipped'] then 'skipped'
    when p && array['in_progress', 'retrying'] then 'in_progress'
    when p && array['failed'] then 'failed'
    when p <@ array['completed', 'skipped'] then 'completed'
    when p <@ array['completed', 'skipped', 'cancelled'] then 'cancelled'
    when p && array['completed'] then 'in_progress'
    else 'pending'
  end
$$;

-- domain/sub-steps.ts, PHASES.
create function registration.phase_description(p integer) returns text language sql immutable as
$$
  select (array['Account, code, onboarding user and images', 'Restaurant, settings and menu', 'Option sets', 'Item tags'])[p]
$$;

-- sub_step_progress of one job from its ledger rows.
create function registration.sub_step_progress(p_job_id uuid) returns jsonb language sql stable as
$$
  with phases as (
    select s.phase,
      registration.phase_status(array_agg(s.status)) as status,
      count(*) as size,
      jsonb_object_agg(s.key, jsonb_build_object(
        'status', s.status,
        'started_at', registration.iso(s.started_at),
        'completed_at', registration.iso(s.completed_at),
        'duration_ms', registration.milliseconds(s.started_at, s.completed_at),
        'attempt', s.attempt,
        'max_attempts', s.max_attempts,
        'error', s.error,
        'reason', s.reason,
        'output', s.output)) as sub_steps
    from public.registration_sub_steps s
    where s.job_id = p_job_id
    group by s.phase
  )
  select jsonb_build_object(
    -- The first phase that is not through; the last one when all are.
    'current_phase', coalesce(min(phase) filter (where status not in ('completed', 'skipped')), max(phase)),
    'total_sub_steps', sum(size),
    'phases', jsonb_object_agg('phase' || phase, jsonb_build_object(
      'status', status, 'description', registration.phase_description(phase), 'sub_steps', sub_steps)))
  from phases
$$;

-- Writes what follows from a job's ledger. Callers hold the job's lock, so two sub-steps that change at once
-- cannot each derive from rows that lack the other's change.
create function registration.refresh_from_ledger(p_job_id uuid) returns void language plpgsql as
$$
begin
  update public.registration_job_steps
    set sub_step_progress = registration.sub_step_progress(p_job_id)
    where job_id = p_job_id and step_number = 6;
  update public.registration_jobs
    set updated_at = clock_timestamp(),
      execution_results = coalesce(
        (select jsonb_object_agg(s.key, s.output) from public.registration_sub_steps s
          where s.job_id = p_job_id and s.output is not null), '{}')
    where id = p_job_id;
end
$$;

-- Recomputes a batch's row from its jobs; the twin of `batchSummary` in domain/statuses.ts. Locks the batch: callers that
-- hold jobs locked them before. Null for an unknown batch, else { status, completed, failed, current_step, error_message }.
-- Cancelled is final once it was asked for and no job is live; otherwise a terminal status follows its jobs, and is left
-- only if one of them left its own.
create function public.record_batch_summary(p_batch_id uuid) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as
$$
declare
  b registration_batch_jobs;
  j record;
  v_status text;
  v_step integer;
  v_error text;
  v_cancelled_at timestamptz;
begin
  select * into b from registration_batch_jobs where id = p_batch_id for no key update;
  if not found then
    return null;
  end if;
  select count(*) as total,
      count(*) filter (where status = 'completed') as completed,
      count(*) filter (where status = 'failed') as failed,
      count(*) filter (where status = 'cancelled') as cancelled,
      count(*) filter (where status in ('pending', 'in_progress')) as running,
      count(*) filter (where status = 'action_required') as waiting,
      min(current_step) filter (where status in ('pending', 'in_progress', 'action_required')) as live_step,
      max(current_step) as last_step,
      min(started_at) as started_at
    into j from registration_jobs where batch_job_id = p_batch_id;

  if b.cancel_requested_at is not null then
    v_cancelled_at := coalesce(b.cancelled_at, case when j.running + j.waiting = 0 then clock_timestamp() end);
  end if;
  v_status := case
    when v_cancelled_at is not null or (j.total > 0 and j.cancelled = j.total) then 'cancelled'
    when b.started_at is null and b.start_requested_at is null
      then case b.status when 'draft' then 'draft' else 'pending' end
    when j.running > 0 then 'in_progress'
    when j.waiting > 0 then 'action_required'
    when j.failed * 2 > j.total then 'failed'
    else 'completed'
  end;
  if v_status = 'cancelled' then
    v_cancelled_at := coalesce(v_cancelled_at, b.cancelled_at, clock_timestamp());
  elsif v_status = 'failed' then
    -- In floating point as its twin counts, so that both round alike.
    v_error := format('High failure rate: %s%%', floor(j.failed::float8 / j.total::float8 * 100 + 0.5));
  end if;
  v_step := coalesce(j.live_step, j.last_step, b.current_step);

  update registration_batch_jobs set
      status = v_status,
      completed_restaurants = j.completed,
      failed_restaurants = j.failed,
      current_step = v_step,
      error_message = v_error,
      started_at = coalesce(b.started_at, j.started_at),
      cancelled_at = v_cancelled_at,
      completed_at = case when v_status in ('completed', 'failed') then coalesce(b.completed_at, clock_timestamp()) end
    where id = p_batch_id
      and (status, completed_restaurants, failed_restaurants, current_step, error_message, started_at, cancelled_at)
        is distinct from (v_status, j.completed::integer, j.failed::integer, v_step, v_error,
          coalesce(b.started_at, j.started_at), v_cancelled_at);
  return jsonb_build_object('status', v_status, 'completed', j.completed, 'failed', j.failed,
    'current_step', v_step, 'error_message', v_error);
end
$$;
select registration.service_only('public.record_batch_summary(uuid)');
