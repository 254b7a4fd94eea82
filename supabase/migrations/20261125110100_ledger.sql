-- Made from migrations/20261125110100_ledger.sql by `npm run supabase:migrations`: change that file, not this one.
-- Ledger rows and jobs say what they wait for, and a row until when its script may be at work. A writer that makes no calls wipes
-- nothing of one that does.

alter table public.registration_jobs add column note text;
alter table public.registration_sub_steps
  add column note text,
  -- The account that its last script logs in to, and until when that script may be at work; null once its end is known.
  add column session_key text,
  add column script_until timestamptz;
create index registration_sub_steps_sessions_idx on public.registration_sub_steps (organisation_id, session_key)
  where session_key is not null and script_until is not null;

create or replace function registration.sub_step_progress(p_job_id uuid) returns jsonb language sql stable as
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
        'generation', s.generation,
        'attempt', s.attempt,
        'max_attempts', s.max_attempts,
        'error', s.error,
        'reason', s.reason,
        'note', s.note,
        'output', s.output,
        'proof', s.proof)) as sub_steps
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

-- What to do with a written row: take, ignore, same (a repeat of what is stored), or note (only what it waits for is taken).
-- Without an attempt the stored one is meant, by a writer that makes no calls: whether one runs is not its to say, and it wipes
-- nothing of one that does. Lower generations and attempts are late; completed, skipped and cancelled are final within a generation;
-- what runs is not undone by a late pending or blocked of the same attempt.
create or replace function registration.judge_sub_step(s public.registration_sub_steps, w jsonb) returns text
language sql immutable as
$$
  select case
    when w ->> 'attempt' is null and w ->> 'status' in ('in_progress', 'retrying') then 'ignore'
    when (w ->> 'generation')::integer > s.generation then 'take'
    when (w ->> 'generation')::integer < s.generation then 'ignore'
    when s.status in ('completed', 'skipped', 'cancelled') then
      case when w ->> 'status' = s.status and coalesce((w ->> 'attempt')::integer, s.attempt) = s.attempt
          and (not w ? 'output' or nullif(w -> 'output', 'null') is not distinct from s.output)
        then 'same' else 'ignore' end
    when (w ->> 'attempt')::integer < s.attempt then 'ignore'
    -- A worker that was taken for lost wakes and looks for what is given up by now: nobody waits for that any more.
    when s.status = 'failed' and (w ->> 'attempt')::integer = s.attempt and w ->> 'status' = 'retrying'
      and w ->> 'error_type' = 'OutcomeUnclear' then 'ignore'
    when coalesce((w ->> 'attempt')::integer, s.attempt) = s.attempt and s.status in ('in_progress', 'retrying')
      and w ->> 'status' in ('pending', 'blocked') then
      case when s.status = 'retrying' and w ->> 'status' = 'pending' and w ? 'note' then 'note' else 'ignore' end
    else 'take'
  end
$$;

-- The row as a new generation finds it: nothing of the last one is left, except that its script may still be logged in.
create or replace function registration.fresh_sub_step(s public.registration_sub_steps, p_generation integer)
returns public.registration_sub_steps language plpgsql immutable as
$$
begin
  s.generation := p_generation;
  s.attempt := 0;
  s.status := 'pending';
  s.error_type := null;
  s.error := null;
  s.reason := null;
  s.note := null;
  s.output := null;
  s.proof := null;
  s.state_before := null;
  s.started_at := null;
  s.attempt_started_at := null;
  s.completed_at := null;
  return s;
end
$$;

-- The stored row with what the writer set. Fields that it leaves out keep their value, except that words about a status
-- (error, reason, note) go with it when it changes.
create or replace function registration.merge_sub_step(s public.registration_sub_steps, w jsonb)
returns public.registration_sub_steps language plpgsql as
$$
declare
  n public.registration_sub_steps := s;
  v_moved boolean;
begin
  if (w ->> 'generation')::integer > s.generation then
    n := registration.fresh_sub_step(s, (w ->> 'generation')::integer);
  end if;
  v_moved := n.generation <> s.generation or w ->> 'status' <> s.status;
  n.status := w ->> 'status';
  n.attempt := coalesce((w ->> 'attempt')::integer, n.attempt);
  n.max_attempts := coalesce((w ->> 'max_attempts')::integer, n.max_attempts);
  if v_moved or w ? 'error' then
    n.error := w ->> 'error';
  end if;
  if v_moved or w ? 'error_type' then
    n.error_type := w ->> 'error_type';
  end if;
  if v_moved or w ? 'reason' then
    n.reason := w ->> 'reason';
  end if;
  if v_moved or w ? 'note' then
    n.note := w ->> 'note';
  end if;
  if n.status not in ('pending', 'retrying') then
    n.note := null;
  end if;
  if w ? 'output' then
    n.output := nullif(w -> 'output', 'null');
  end if;
  if w ? 'proof' then
    n.proof := w ->> 'proof';
  end if;
  -- An answer is the end of its script. Where an effect was only found, or nothing is known, the script may be at work still.
  if s.status = 'in_progress' and n.generation = s.generation and n.status in ('completed', 'failed', 'retrying')
     and n.error_type is distinct from 'OutcomeUnclear' then
    n.script_until := null;
  end if;
  n.started_at := coalesce((w ->> 'started_at')::timestamptz, n.started_at,
    case when n.status in ('in_progress', 'retrying') then clock_timestamp() end);
  n.completed_at := case when n.status in ('completed', 'failed', 'skipped', 'cancelled') then
    coalesce((w ->> 'completed_at')::timestamptz, case when v_moved then clock_timestamp() else n.completed_at end) end;
  return n;
end
$$;

create or replace function registration.save_sub_step(n public.registration_sub_steps) returns void language sql as
$$
  update public.registration_sub_steps set
      generation = n.generation, attempt = n.attempt, max_attempts = n.max_attempts, status = n.status,
      error_type = n.error_type, error = n.error, reason = n.reason, note = n.note, output = n.output, proof = n.proof,
      state_before = n.state_before, session_key = n.session_key, script_until = n.script_until,
      started_at = n.started_at, attempt_started_at = n.attempt_started_at, completed_at = n.completed_at
    where job_id = n.job_id and key = n.key
$$;

-- What the platform's tables learn from a completed account. An absent value never erases one that is there; an output that a
-- person gave names no password, so the configured one is meant.
create or replace function registration.save_pumpd_account(p_job public.registration_jobs, o jsonb) returns void
language plpgsql as
$$
declare
  v_email text := coalesce(o ->> 'email', p_job.execution_config #>> '{account,email}');
  v_phone text := p_job.execution_config #>> '{account,phone}';
  v_secret uuid := registration.to_uuid(
    case when o ? 'secret_id' then o ->> 'secret_id' else p_job.execution_config #>> '{account,passwordRef}' end);
begin
  update public.pumpd_accounts a set
      email = coalesce(v_email, a.email),
      phone = coalesce(v_phone, a.phone),
      pumpd_user_id = coalesce(o ->> 'pumpd_user_id', a.pumpd_user_id),
      secret_id = coalesce(v_secret, a.secret_id),
      registration_status = 'completed',
      updated_at = clock_timestamp()
    where a.id = (select newest.id from public.pumpd_accounts newest
      where newest.organisation_id = p_job.organisation_id and newest.restaurant_id = p_job.restaurant_id
      order by newest.created_at desc limit 1);
  if not found then
    insert into public.pumpd_accounts (organisation_id, restaurant_id, email, phone, pumpd_user_id, secret_id,
        registration_status, created_by_job)
      values (p_job.organisation_id, p_job.restaurant_id, v_email, v_phone, o ->> 'pumpd_user_id', v_secret,
        'completed', p_job.id);
  end if;
  update public.registration_jobs set pumpd_user_id = coalesce(o ->> 'pumpd_user_id', pumpd_user_id)
    where id = p_job.id;
end
$$;

-- Takes one written row (SubStepRow of domain/record.ts): changed, same or ignored. A key without a row is ignored.
create or replace function registration.apply_sub_step(p_job public.registration_jobs, w jsonb) returns text
language plpgsql as
$$
declare
  s public.registration_sub_steps;
  n public.registration_sub_steps;
begin
  select * into s from public.registration_sub_steps where job_id = p_job.id and key = w ->> 'key' for no key update;
  if not found then
    return 'ignored';
  end if;
  case registration.judge_sub_step(s, w)
    when 'ignore' then return 'ignored';
    when 'same' then return 'same';
    when 'note' then
      n := s;
      n.note := w ->> 'note';
    else n := registration.merge_sub_step(s, w);
  end case;
  if n is not distinct from s then
    return 'same';
  end if;
  perform registration.save_sub_step(n);
  -- Completed is final, so this is the one time that this generation becomes it, by a call or by a person's word.
  if n.status = 'completed' and n.output is not null then
    if n.key = 'cloudwaitressAccount' then
      perform registration.save_pumpd_account(p_job, n.output);
    elsif n.key = 'restaurantRegistration' then
      perform registration.save_pumpd_restaurant(p_job, n.output);
    end if;
  end if;
  return 'changed';
end
$$;

-- Closes a job and whatever of it is open. What ran may still act outside: its ledger row fails as unclear, which a late
-- "completed" of the same attempt may still correct; all else that is open is cancelled.
create or replace function registration.finish_job(j public.registration_jobs, p_status text, p_reason text)
returns void language plpgsql as
$$
begin
  update public.registration_jobs set
      status = p_status,
      closure = case p_status when 'cancelled' then 'cancelled' else 'given_up' end,
      error_message = case p_status when 'failed' then p_reason else error_message end,
      waiting_reason = null,
      note = null,
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
      note = null,
      completed_at = clock_timestamp()
    where job_id = j.id and status in ('pending', 'in_progress', 'retrying', 'blocked');
  perform registration.refresh_from_ledger(j.id);
  insert into public.registration_events (id, organisation_id, batch_job_id, job_id, kind, reason, data, at)
    values (format('job:%s:closed:%s', j.id, j.revision), j.organisation_id, j.batch_job_id, j.id, 'job_closed', p_reason,
      jsonb_build_object('status', p_status), clock_timestamp())
    on conflict do nothing;
end
$$;

-- PostgREST reads the schema anew.
notify pgrst, 'reload schema';
