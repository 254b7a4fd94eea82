-- Made from migrations/20261125090500_ledger.sql by `npm run supabase:migrations`: change that file, not this one.
-- The ledger of step 6. Every writer holds the job's lock first, so what a row accepts is decided by one writer at a time.

-- What to do with a written row: take, ignore, or same (a repeat of what is stored).
-- Without an attempt the stored one is meant. Lower generations and attempts are late; completed, skipped and cancelled are final within a generation;
-- what runs is not undone by a late pending or blocked of the same attempt.
create function registration.judge_sub_step(s public.registration_sub_steps, w jsonb) returns text language sql immutable as
$$
  select case
    when (w ->> 'generation')::integer > s.generation then 'take'
    when (w ->> 'generation')::integer < s.generation then 'ignore'
    when s.status in ('completed', 'skipped', 'cancelled') then
      case when w ->> 'status' = s.status and (w ->> 'attempt')::integer = s.attempt
          and (not w ? 'output' or nullif(w -> 'output', 'null') is not distinct from s.output)
        then 'same' else 'ignore' end
    when (w ->> 'attempt')::integer < s.attempt then 'ignore'
    when (w ->> 'attempt')::integer = s.attempt and s.status in ('in_progress', 'retrying')
      and w ->> 'status' in ('pending', 'blocked') then 'ignore'
    else 'take'
  end
$$;

-- The row as a new generation finds it: nothing of the last one is left.
create function registration.fresh_sub_step(s public.registration_sub_steps, p_generation integer)
returns public.registration_sub_steps language plpgsql immutable as
$$
begin
  s.generation := p_generation;
  s.attempt := 0;
  s.status := 'pending';
  s.error_type := null;
  s.error := null;
  s.reason := null;
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
-- (error, reason) go with it when it changes.
create function registration.merge_sub_step(s public.registration_sub_steps, w jsonb)
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
  if w ? 'output' then
    n.output := nullif(w -> 'output', 'null');
  end if;
  if w ? 'proof' then
    n.proof := w ->> 'proof';
  end if;
  n.started_at := coalesce((w ->> 'started_at')::timestamptz, n.started_at,
    case when n.status in ('in_progress', 'retrying') then clock_timestamp() end);
  n.completed_at := case when n.status in ('completed', 'failed', 'skipped', 'cancelled') then
    coalesce((w ->> 'completed_at')::timestamptz, case when v_moved then clock_timestamp() else n.completed_at end) end;
  return n;
end
$$;

create function registration.save_sub_step(n public.registration_sub_steps) returns void language sql as
$$
  update public.registration_sub_steps set
      generation = n.generation, attempt = n.attempt, max_attempts = n.max_attempts, status = n.status,
      error_type = n.error_type, error = n.error, reason = n.reason, output = n.output, proof = n.proof,
      state_before = n.state_before, started_at = n.started_at, attempt_started_at = n.attempt_started_at,
      completed_at = n.completed_at
    where job_id = n.job_id and key = n.key
$$;

-- What the platform's tables learn from a completed account. An absent value never erases one that is there.
create function registration.save_pumpd_account(p_job public.registration_jobs, o jsonb) returns void language plpgsql as
$$
declare
  v_email text := coalesce(o ->> 'email', p_job.execution_config #>> '{account,email}');
  v_phone text := p_job.execution_config #>> '{account,phone}';
begin
  update public.pumpd_accounts a set
      email = coalesce(v_email, a.email),
      phone = coalesce(v_phone, a.phone),
      pumpd_user_id = coalesce(o ->> 'pumpd_user_id', a.pumpd_user_id),
      secret_id = coalesce(registration.to_uuid(o ->> 'secret_id'), a.secret_id),
      registration_status = 'completed',
      updated_at = clock_timestamp()
    where a.id = (select newest.id from public.pumpd_accounts newest
      where newest.organisation_id = p_job.organisation_id and newest.restaurant_id = p_job.restaurant_id
      order by newest.created_at desc limit 1);
  if not found then
    insert into public.pumpd_accounts (organisation_id, restaurant_id, email, phone, pumpd_user_id, secret_id,
        registration_status, created_by_job)
      values (p_job.organisation_id, p_job.restaurant_id, v_email, v_phone, o ->> 'pumpd_user_id',
        registration.to_uuid(o ->> 'secret_id'), 'completed', p_job.id);
  end if;
  update public.registration_jobs set pumpd_user_id = coalesce(o ->> 'pumpd_user_id', pumpd_user_id)
    where id = p_job.id;
end
$$;

create function registration.save_pumpd_restaurant(p_job public.registration_jobs, o jsonb) returns void
language plpgsql as
$$
declare
  v_account uuid := (select a.id from public.pumpd_accounts a
    where a.organisation_id = p_job.organisation_id and a.restaurant_id = p_job.restaurant_id
    order by a.created_at desc limit 1);
begin
  update public.pumpd_restaurants r set
      pumpd_account_id = coalesce(v_account, r.pumpd_account_id),
      pumpd_restaurant_id = coalesce(o ->> 'pumpd_restaurant_id', r.pumpd_restaurant_id),
      pumpd_subdomain = coalesce(o ->> 'pumpd_subdomain', r.pumpd_subdomain),
      pumpd_full_url = coalesce(o ->> 'pumpd_full_url', r.pumpd_full_url),
      dashboard_url = coalesce(o ->> 'dashboard_url', r.dashboard_url),
      registration_status = 'completed'
    where r.id = (select newest.id from public.pumpd_restaurants newest
      where newest.organisation_id = p_job.organisation_id and newest.restaurant_id = p_job.restaurant_id
      order by newest.created_at desc limit 1);
  if not found then
    insert into public.pumpd_restaurants (organisation_id, restaurant_id, pumpd_account_id, pumpd_restaurant_id,
        pumpd_subdomain, pumpd_full_url, dashboard_url, registration_status)
      values (p_job.organisation_id, p_job.restaurant_id, v_account, o ->> 'pumpd_restaurant_id',
        o ->> 'pumpd_subdomain', o ->> 'pumpd_full_url', o ->> 'dashboard_url', 'completed');
  end if;
  update public.registration_jobs set pumpd_restaurant_id = coalesce(o ->> 'pumpd_restaurant_id', pumpd_restaurant_id)
    where id = p_job.id;
end
$$;

-- Takes one written row (SubStepRow of domain/record.ts): changed, same or ignored. A key without a row is ignored.
create function registration.apply_sub_step(p_job public.registration_jobs, w jsonb) returns text language plpgsql as
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
    else n := registration.merge_sub_step(s, w);
  end case;
  if n is not distinct from s then
    return 'same';
  end if;
  perform registration.save_sub_step(n);
  -- Completed is final, so this is the one time that this generation becomes it.
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

-- Claims an outside call; nothing is sent before this says so.
-- In: { job_id, key, generation, expected_attempt, state_before? }. Out: BeginAttemptResult of domain/record.ts.
-- The job's lock and the batch's make a cancel and a begin follow one another: once a cancel is answered, no call begins.
create function public.begin_sub_step_attempt(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as
$$
declare
  j registration_jobs;
  s registration_sub_steps;
  v_generation integer := (p ->> 'generation')::integer;
  v_cancelled boolean;
  v_refused text;
begin
  if v_generation is null or p ->> 'expected_attempt' is null then
    raise exception 'generation and expected_attempt are needed' using errcode = 'invalid_parameter_value';
  end if;
  select * into j from registration_jobs where id = (p ->> 'job_id')::uuid for no key update;
  if not found then
    return jsonb_build_object('begun', false, 'refused', 'closed');
  end if;
  select cancel_requested_at is not null or j.cancel_requested_at is not null into v_cancelled
    from registration_batch_jobs where id = j.batch_job_id for share;
  select * into s from registration_sub_steps where job_id = j.id and key = p ->> 'key' for no key update;
  if not found then
    raise exception 'job % has no sub-step %', j.id, p ->> 'key' using errcode = 'invalid_parameter_value';
  end if;
  if v_generation > s.generation then
    s := registration.fresh_sub_step(s, v_generation);
  end if;
  v_refused := case
    when v_cancelled then 'cancelled'
    when j.status in ('completed', 'failed', 'cancelled') then 'closed'
    when v_generation < s.generation then 'superseded'
    when s.status in ('completed', 'skipped') then 'completed'
    when s.status = 'cancelled' then 'cancelled'
    when s.attempt <> (p ->> 'expected_attempt')::integer then 'conflict'
  end;
  if v_refused is not null then
    return jsonb_build_object('begun', false, 'refused', v_refused);
  end if;

  s.attempt := s.attempt + 1;
  s.status := 'in_progress';
  -- Whole milliseconds, so that what is stored and what is answered is the same time.
  s.attempt_started_at := date_trunc('milliseconds', clock_timestamp());
  s.started_at := coalesce(s.started_at, s.attempt_started_at);
  s.completed_at := null;
  s.error_type := null;
  s.error := null;
  s.reason := null;
  s.state_before := nullif(p -> 'state_before', 'null');
  perform registration.save_sub_step(s);
  perform registration.refresh_from_ledger(j.id);
  return jsonb_build_object('begun', true, 'attempt', s.attempt, 'started_at', registration.iso(s.attempt_started_at));
end
$$;
select registration.service_only('public.begin_sub_step_attempt(jsonb)');
