-- Made from migrations/20261125110400_reconcile.sql by `npm run supabase:migrations`: change that file, not this one.
-- For the reconciler, which looks for rows that their workflow can no longer correct: what is live and has not been touched for
-- a while, page by page, and the repairs. Each repair names the row as it was when the workflow was looked at, and is refused
-- if somebody has written since.

-- In: { after?, limit, untouched_ms }; `after` is the `cursor` of the last row of the page before.
-- Out: [{ job_id, cursor, batch_id, batch_began, revision, seen_at, cancel_requested }], of batches whose start was asked for;
-- `batch_began`: the batch's workflow has written once, the job's has if its revision is above 0.
-- The cursor is the restaurant, of which each live job has one of its own: the unique index of live jobs serves the page.
create function public.jobs_to_reconcile(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as
$$
  select coalesce(jsonb_agg(to_jsonb(page) order by page.cursor), '[]')
  from (
    select j.id as job_id, j.restaurant_id as cursor, j.batch_job_id as batch_id,
      b.started_at is not null as batch_began, j.revision, j.updated_at as seen_at,
      -- A job that was opened again after the cancel of its batch was completed, by a reset on purpose, is left alone.
      j.cancel_requested_at is not null or (b.cancel_requested_at is not null and b.cancelled_at is null) as cancel_requested
    from registration_jobs j join registration_batch_jobs b on b.id = j.batch_job_id
    where j.status in ('pending', 'in_progress', 'action_required')
      and j.updated_at <= clock_timestamp() - make_interval(secs => (p ->> 'untouched_ms')::float8 / 1000)
      and b.start_requested_at is not null
      and (p ->> 'after' is null or j.restaurant_id > (p ->> 'after')::uuid)
    order by j.restaurant_id
    limit (p ->> 'limit')::integer
  ) page
$$;

-- In: as above. Out: [{ batch_id, cursor, organisation_id, name, total_restaurants, began, seen_at, cancel_requested }];
-- `began`: its workflow has written once.
create function public.batches_to_reconcile(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as
$$
  select coalesce(jsonb_agg(to_jsonb(page) order by page.cursor), '[]')
  from (
    select b.id as batch_id, b.id as cursor, b.organisation_id, b.name, b.total_restaurants,
      b.started_at is not null as began, b.updated_at as seen_at, b.cancel_requested_at is not null as cancel_requested
    from registration_batch_jobs b
    where b.status in ('pending', 'in_progress', 'action_required')
      and b.updated_at <= clock_timestamp() - make_interval(secs => (p ->> 'untouched_ms')::float8 / 1000)
      and b.start_requested_at is not null
      and (p ->> 'after' is null or b.id > (p ->> 'after')::uuid)
    order by b.id
    limit (p ->> 'limit')::integer
  ) page
$$;

-- The audit trail's line of a repair. The run that was looked at makes the id, or the revision where there was none, so that
-- a repeat adds none.
create function registration.reconciled_event(p_organisation_id uuid, p_batch_id uuid, p_job_id uuid, p jsonb) returns void
language sql as
$$
  insert into public.registration_events (id, organisation_id, batch_job_id, job_id, kind, reason, data, at)
    values (
      format('%s:reconciled:%s:%s', coalesce('job:' || p_job_id, 'batch:' || p_batch_id), p ->> 'repair',
        coalesce(p ->> 'run_id', p ->> 'expected_revision', 'none')),
      p_organisation_id, p_batch_id, p_job_id, 'reconciled', p ->> 'reason',
      jsonb_strip_nulls(jsonb_build_object('repair', p -> 'repair', 'status', p -> 'status', 'run_id', p -> 'run_id')),
      clock_timestamp())
    on conflict do nothing
$$;

-- Takes a run's word that it completed where its own account of it cannot be had. A run completes only when every enabled
-- sub-step has, so what is open here was not written; that nobody has read it back stands in `proof`.
create function registration.complete_job(j public.registration_jobs, p_reason text, p_at timestamptz) returns void
language plpgsql as
$$
begin
  update public.registration_jobs set
      status = 'completed', closure = null, current_step = total_steps, error_message = null, last_error_details = null,
      waiting_reason = null, note = null, completed_at = p_at
    where id = j.id;
  update public.registration_job_steps set status = 'completed', error_message = null, error_details = null,
      completed_at = coalesce(completed_at, p_at)
    where job_id = j.id and status not in ('completed', 'skipped');
  update public.registration_sub_steps set
      status = 'completed', error_type = null, error = null, reason = p_reason, note = null, proof = 'none',
      completed_at = p_at
    where job_id = j.id and status not in ('completed', 'skipped');
  perform registration.refresh_from_ledger(j.id);
end
$$;

-- In: { job_id, expected_revision, seen_at, repair, run_id?, reason, status?, at? }. With a status (completed, failed, cancelled)
-- the job is closed with it (`at`: when its run ended); without, the repair is only written down, to be done by the caller.
-- Out: { repaired }: false if the row is another than was seen, or closed.
create function public.reconcile_job(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as
$$
declare
  j registration_jobs;
begin
  select * into j from registration_jobs where id = (p ->> 'job_id')::uuid for no key update;
  if not found or j.status in ('completed', 'failed', 'cancelled')
     or j.revision is distinct from (p ->> 'expected_revision')::bigint
     or j.updated_at is distinct from (p ->> 'seen_at')::timestamptz then
    return jsonb_build_object('repaired', false);
  end if;
  perform registration.reconciled_event(j.organisation_id, j.batch_job_id, j.id, p);
  if p ->> 'status' = 'completed' then
    perform registration.complete_job(j, p ->> 'reason', coalesce((p ->> 'at')::timestamptz, clock_timestamp()));
  elsif p ->> 'status' is not null then
    perform registration.finish_job(j, registration.check_closing_status(p ->> 'status'), p ->> 'reason');
  end if;
  if p ->> 'status' is not null then
    perform record_batch_summary(j.batch_job_id);
  end if;
  return jsonb_build_object('repaired', true);
end
$$;

-- In: { batch_id, seen_at, repair, run_id?, reason }. The repair `recomputed` is done here, and only told if it changed the
-- row; any other is only written down, to be done by the caller. Out: { repaired }, as above.
create function public.reconcile_batch(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as
$$
declare
  b registration_batch_jobs;
  v_after registration_batch_jobs;
begin
  select * into b from registration_batch_jobs where id = (p ->> 'batch_id')::uuid for no key update;
  if not found or b.status in ('completed', 'failed', 'cancelled')
     or b.updated_at is distinct from (p ->> 'seen_at')::timestamptz then
    return jsonb_build_object('repaired', false);
  end if;
  if p ->> 'repair' = 'recomputed' then
    perform record_batch_summary(b.id);
    select * into v_after from registration_batch_jobs where id = b.id;
    if v_after is not distinct from b then
      return jsonb_build_object('repaired', false);
    end if;
  end if;
  perform registration.reconciled_event(b.organisation_id, b.id, null, p);
  return jsonb_build_object('repaired', true);
end
$$;

-- In: { older_than_ms, limit }. Out: { deleted }, at most `limit`.
create function public.delete_old_idempotency_keys(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as
$$
declare
  v_deleted integer;
begin
  delete from idempotency_keys k using (
    select old.organisation_id, old.caller, old.route, old.key from idempotency_keys old
    where old.created_at < clock_timestamp() - make_interval(secs => (p ->> 'older_than_ms')::float8 / 1000)
    order by old.created_at
    limit (p ->> 'limit')::integer
  ) old
  where (k.organisation_id, k.caller, k.route, k.key) = (old.organisation_id, old.caller, old.route, old.key);
  get diagnostics v_deleted = row_count;
  return jsonb_build_object('deleted', v_deleted);
end
$$;

do $access$
begin
  perform registration.service_only(f::regprocedure) from unnest(array['public.jobs_to_reconcile(jsonb)',
    'public.batches_to_reconcile(jsonb)', 'public.reconcile_job(jsonb)', 'public.reconcile_batch(jsonb)',
    'public.delete_old_idempotency_keys(jsonb)']) as f;
end
$access$;

-- PostgREST reads the schema anew.
notify pgrst, 'reload schema';
