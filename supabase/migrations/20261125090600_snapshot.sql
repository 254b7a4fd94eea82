-- Made from migrations/20261125090600_snapshot.sql by `npm run supabase:migrations`: change that file, not this one.

create function registration.save_steps(p_job_id uuid, p_steps jsonb) returns void language sql as
$$
  update public.registration_job_steps s set
      status = x.status, started_at = x.started_at, completed_at = x.completed_at,
      duration_ms = registration.milliseconds(x.started_at, x.completed_at),
      error_message = x.error_message, error_details = x.error_details, retry_count = x.retry_count,
      result_data = x.result_data
    from jsonb_to_recordset(p_steps) as x (step_number integer, status text, started_at timestamptz,
      completed_at timestamptz, error_message text, error_details jsonb, retry_count integer, result_data jsonb)
    where s.job_id = p_job_id and s.step_number = x.step_number
      and (s.status, s.started_at, s.completed_at, s.error_message, s.error_details, s.retry_count, s.result_data)
        is distinct from (x.status, x.started_at, x.completed_at, x.error_message, x.error_details, x.retry_count,
          x.result_data)
$$;

-- Takes a job's snapshot (JobSnapshot of domain/record.ts): applied, unchanged or stale.
create function registration.apply_job(s public.registration_jobs, p jsonb) returns text language plpgsql as
$$
declare
  x record;
  v_reopened boolean := false;
  v_live constant text[] := array['pending', 'in_progress', 'action_required'];
begin
  select * into x from jsonb_to_record(p) as r (status text, closure text, current_step integer, revision bigint,
    run_id text, error_message text, last_error_details jsonb, started_at timestamptz, completed_at timestamptz,
    cancelled_at timestamptz, waiting_reason text, search_no integer, execution_config jsonb, steps jsonb);
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
    if x.status = any (v_live) and exists (
      select from public.registration_jobs other
      where other.restaurant_id = s.restaurant_id and other.id <> s.id and other.status = any (v_live)
    ) then
      return 'stale';
    end if;
    v_reopened := x.status = any (v_live) and s.workflow_run_id is not null;
  end if;
  update public.registration_jobs set
      status = x.status, closure = x.closure, current_step = x.current_step, revision = x.revision,
      workflow_run_id = x.run_id, error_message = x.error_message, last_error_details = x.last_error_details,
      started_at = x.started_at, completed_at = x.completed_at, cancelled_at = x.cancelled_at,
      waiting_reason = x.waiting_reason, search_no = x.search_no,
      execution_config = coalesce(x.execution_config, s.execution_config),
      -- A cancel was for the run that it closed; a job that was cancelled before it ever ran stays cancelled.
      cancel_requested_at = case when not v_reopened then s.cancel_requested_at end
    where id = s.id;
  perform registration.save_steps(s.id, x.steps);
  return 'applied';
end
$$;

-- In: SnapshotWrite, out: SnapshotResult, both of domain/record.ts. Locks the job, then, if the batch's row follows, the batch.
-- `absent`: no job part was sent, or the job does not exist (then every ledger row is reported as ignored).
create function public.apply_registration_snapshot(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as
$$
declare
  s registration_jobs;
  v_before registration_jobs;
  v_job text := 'absent';
  v_row jsonb;
  v_taken text;
  v_ledger_changed boolean := false;
  v_ignored jsonb := '[]';
  v_rows jsonb := coalesce(nullif(p -> 'sub_steps', 'null'), '[]');
begin
  select * into s from registration_jobs where id = (p ->> 'job_id')::uuid for no key update;
  if not found then
    return jsonb_build_object('job', 'absent', 'sub_steps_ignored',
      (select coalesce(jsonb_agg(r -> 'key'), '[]') from jsonb_array_elements(v_rows) r));
  end if;
  if jsonb_typeof(p -> 'job') = 'object' then
    v_before := s;
    v_job := registration.apply_job(s, p -> 'job');
    select * into s from registration_jobs where id = s.id;
  end if;
  for v_row in select r from jsonb_array_elements(v_rows) r loop
    v_taken := registration.apply_sub_step(s, v_row);
    v_ledger_changed := v_ledger_changed or v_taken = 'changed';
    if v_taken = 'ignored' then
      v_ignored := v_ignored || jsonb_build_array(v_row -> 'key');
    end if;
  end loop;
  -- What happened stays true when the snapshot that told it came late: events go in whatever became of the rest.
  insert into registration_events (id, organisation_id, batch_job_id, job_id, kind, actor, reason, data, at)
    select e.id, s.organisation_id, s.batch_job_id, s.id, e.kind, e.actor, e.reason, coalesce(e.data, '{}'), e.at
    from jsonb_to_recordset(coalesce(nullif(p -> 'events', 'null'), '[]'))
      as e (id text, kind text, actor text, reason text, data jsonb, at timestamptz)
    on conflict do nothing;
  if v_ledger_changed then
    perform registration.refresh_from_ledger(s.id);
  end if;
  if (v_before.status, v_before.current_step) is distinct from (s.status, s.current_step) and v_job = 'applied' then
    perform record_batch_summary(s.batch_job_id);
  end if;
  return jsonb_build_object('job', v_job, 'sub_steps_ignored', v_ignored);
end
$$;
select registration.service_only('public.apply_registration_snapshot(jsonb)');
