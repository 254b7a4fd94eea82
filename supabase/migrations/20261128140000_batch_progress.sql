-- Made from migrations/20261128140000_batch_progress.sql by `npm run supabase:migrations`: change that file, not this one.
-- What a progress answer is made of. Polled by many for a batch of up to a thousand jobs, so they are counted here and no job's row is sent.

-- In: { organisation_id | null (all), batch_id }. Out: { id, status, current_step, updated_at, paused_at, error_message,
-- jobs: [{ status, current_step, count, updated_at (the newest) }] }, or null for a batch that there is not, or of another organisation.
create function public.batch_progress(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as
$$
  select jsonb_build_object(
    'id', b.id, 'status', b.status, 'current_step', b.current_step, 'updated_at', b.updated_at, 'paused_at', b.paused_at,
    'error_message', b.error_message,
    'jobs', (
      select coalesce(jsonb_agg(to_jsonb(j)), '[]')
      from (
        select status, current_step, count(*) as count, max(updated_at) as updated_at
        from registration_jobs where batch_job_id = b.id group by 1, 2
      ) j))
  from registration_batch_jobs b
  where b.id = (p ->> 'batch_id')::uuid
    and (p ->> 'organisation_id' is null or b.organisation_id = (p ->> 'organisation_id')::uuid)
$$;
select registration.service_only('public.batch_progress(jsonb)');

-- As it was, but for the ids as an array: of a set the planner believes that it has a hundred rows, and reads all batches for a single one.
create or replace function public.batch_overviews(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as
$$
  with asked as (
    select b.id from registration_batch_jobs b
    where b.id = any (array(select v::uuid from jsonb_array_elements_text(p -> 'batch_ids') v))
      and (p ->> 'organisation_id' is null or b.organisation_id = (p ->> 'organisation_id')::uuid)
  ), jobs as (
    select j.batch_job_id, j.status, j.current_step, count(*) as count
    from registration_jobs j join asked on asked.id = j.batch_job_id
    group by 1, 2, 3
  ), steps as (
    select j.batch_job_id, s.step_number, s.status, count(*) as count
    from registration_jobs j join asked on asked.id = j.batch_job_id join registration_job_steps s on s.job_id = j.id
    group by 1, 2, 3
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'batch_id', asked.id,
    'jobs', (select coalesce(jsonb_agg(to_jsonb(jobs) - 'batch_job_id'), '[]') from jobs where jobs.batch_job_id = asked.id),
    'steps', (select coalesce(jsonb_agg(to_jsonb(steps) - 'batch_job_id'), '[]') from steps where steps.batch_job_id = asked.id)
  )), '[]')
  from asked
$$;

notify pgrst, 'reload schema';
