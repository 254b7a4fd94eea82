-- Made from migrations/20261125110110_sessions.sql by `npm run supabase:migrations`: change that file, not this one.
-- The sessions of an owner's account: so many scripts at once, over all workers, as the ledger says.

-- Who waits for a session. A waiter that did not ask again within a minute keeps its place, but holds nobody up meanwhile.
create table registration.session_waits (
  job_id uuid not null,
  key text not null,
  organisation_id uuid not null,
  session_key text not null,
  since timestamptz not null default clock_timestamp(),
  asked_at timestamptz not null default clock_timestamp(),
  primary key (job_id, key),
  foreign key (job_id, key) references public.registration_sub_steps (job_id, key) on delete cascade
);
create index session_waits_account_idx on registration.session_waits (organisation_id, session_key);

-- Null: the script may log in. Else { in_use, place }: its place among those that asked within the last minute, first come first
-- served; 0 when it waits for the script of its own former generation.
create function registration.ask_for_session(j public.registration_jobs, s public.registration_sub_steps, p jsonb)
returns jsonb language plpgsql as
$$
declare
  v_key text := p ->> 'session_key';
  v_limit integer := (p ->> 'session_limit')::integer;
  v_since timestamptz;
  v_in_use integer;
  v_ahead integer;
begin
  if s.attempt = 0 and s.script_until > clock_timestamp() then
    return jsonb_build_object('in_use', 1, 'place', 0);
  end if;
  if v_key is null then
    return null;
  end if;
  if v_limit is null or p ->> 'script_ms' is null then
    raise exception 'a session needs session_limit and script_ms' using errcode = 'invalid_parameter_value';
  end if;
  -- One asker of an account at a time. Taken last, after the job's lock and the batch's: whoever holds it reads the others' rows without
  -- locking them and writes those of its own job alone, and what it still waits for at its commit (the batch's next number of a
  -- change) is held by nobody who waits for this. So no circle can close.
  perform pg_advisory_xact_lock(hashtextextended(format('registration.session:%s:%s', j.organisation_id, v_key), 0));
  select count(*) into v_in_use from public.registration_sub_steps o
    where o.organisation_id = j.organisation_id and o.session_key = v_key and o.script_until > clock_timestamp()
      and (o.job_id <> j.id or o.key <> s.key);
  insert into registration.session_waits as w (job_id, key, organisation_id, session_key)
    values (j.id, s.key, j.organisation_id, v_key)
    on conflict (job_id, key) do update set
      asked_at = clock_timestamp(),
      since = case when w.session_key = excluded.session_key then w.since else clock_timestamp() end,
      session_key = excluded.session_key
    returning w.since into v_since;
  select count(*) into v_ahead
    from registration.session_waits w
    join public.registration_sub_steps o on o.job_id = w.job_id and o.key = w.key
    join public.registration_jobs oj on oj.id = w.job_id
    join public.registration_batch_jobs ob on ob.id = oj.batch_job_id
    where w.organisation_id = j.organisation_id and w.session_key = v_key
      and w.asked_at > clock_timestamp() - interval '1 minute'
      and (w.since, w.job_id, w.key) < (v_since, j.id, s.key)
      and o.status not in ('completed', 'skipped', 'cancelled', 'blocked')
      and oj.status in ('pending', 'in_progress', 'action_required')
      and oj.cancel_requested_at is null and ob.cancel_requested_at is null;
  if v_in_use + v_ahead >= v_limit then
    return jsonb_build_object('in_use', v_in_use, 'place', v_ahead + 1);
  end if;
  return null;
end
$$;

-- Claims an outside call; nothing is sent before this says so.
-- In: { job_id, key, generation, expected_attempt, state_before?, script_ms?, session_key?, session_limit? }: how long the script of the
-- call may be at work, and the account that it logs in to, which takes so many sessions at once.
-- Out: BeginAttemptResult of domain/record.ts. Whoever is told `busy` asks again within a minute.
-- The job's lock and the batch's make a cancel and a begin follow one another: once a cancel is answered, no call begins.
create or replace function public.begin_sub_step_attempt(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as
$$
declare
  j registration_jobs;
  s registration_sub_steps;
  v_generation integer := (p ->> 'generation')::integer;
  v_cancelled boolean;
  v_refused text;
  v_busy jsonb;
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
  v_busy := registration.ask_for_session(j, s, p);
  if v_busy is not null then
    return jsonb_build_object('begun', false, 'refused', 'busy') || v_busy;
  end if;
  delete from registration.session_waits w where w.job_id = j.id and w.key = s.key;

  s.attempt := s.attempt + 1;
  s.status := 'in_progress';
  -- Whole milliseconds, so that what is stored and what is answered is the same time.
  s.attempt_started_at := date_trunc('milliseconds', clock_timestamp());
  s.started_at := coalesce(s.started_at, s.attempt_started_at);
  s.completed_at := null;
  s.error_type := null;
  s.error := null;
  s.reason := null;
  s.note := null;
  s.state_before := nullif(p -> 'state_before', 'null');
  s.session_key := p ->> 'session_key';
  s.script_until := s.attempt_started_at + (p ->> 'script_ms')::bigint * interval '1 millisecond';
  perform registration.save_sub_step(s);
  perform registration.refresh_from_ledger(j.id);
  return jsonb_build_object('begun', true, 'attempt', s.attempt, 'started_at', registration.iso(s.attempt_started_at));
end
$$;

-- PostgREST reads the schema anew.
notify pgrst, 'reload schema';
