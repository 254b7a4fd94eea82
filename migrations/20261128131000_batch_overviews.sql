-- migrate:up
-- What a list of batches tells of each: how many of its jobs are in which state at which step. Counted here, so that no job's row is sent for it.

-- In: { organisation_id | null (all), batch_ids: uuid[] }. Out: [{ batch_id, jobs: [{ status, current_step, count }],
-- steps: [{ step_number, status, count }] }], without batches of other organisations.
create function public.batch_overviews(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as
$$
  with asked as (
    select b.id from registration_batch_jobs b
    where b.id in (select v::uuid from jsonb_array_elements_text(p -> 'batch_ids') v)
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
select registration.service_only('public.batch_overviews(jsonb)');

notify pgrst, 'reload schema';

-- migrate:down
drop function public.batch_overviews(jsonb);
