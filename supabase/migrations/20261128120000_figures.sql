-- Made from migrations/20261128120000_figures.sql by `npm run supabase:migrations`: change that file, not this one.
-- What the API's metrics say of the record as a whole: counts alone, of all organisations together. Asked every few seconds, so it reads
-- the live jobs by their index, and of those that have ended the counts that their batches hold.

-- Out: { live: [{ step, status, count }], ended: [{ status, count }], paused: [{ by, count }],
--        waiting: [{ asked, oldest_seconds, ages: [{ longer_than, count }] }] }; `ages` are cumulative.
create function public.registration_figures() returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as
$$
  with live as (
    select id, current_step, status from registration_jobs
      where status in ('pending', 'in_progress', 'action_required')
  ), batches as (
    select coalesce(sum(total_restaurants), 0) as total, coalesce(sum(completed_restaurants), 0) as completed,
      coalesce(sum(failed_restaurants), 0) as failed
    from registration_batch_jobs
  ), waiting as (
    -- Since when: the step that asks began when the one before it ended; one that failed waits since it failed.
    select case l.current_step
        when 1 then 'extraction' when 2 then 'search' when 3 then 'company_selection'
        when 4 then 'company_details' when 5 then 'configuration' else 'sub_steps' end as asked,
      greatest(0, extract(epoch from clock_timestamp() - coalesce(
        case when l.current_step = 6 then
          (select max(u.completed_at) from registration_sub_steps u where u.job_id = l.id and u.status = 'failed') end,
        s.completed_at, s.started_at, s.updated_at))) as seconds
    from live l join registration_job_steps s on s.job_id = l.id and s.step_number = l.current_step
    where l.status = 'action_required'
  )
  select jsonb_build_object(
    'live', coalesce((select jsonb_agg(jsonb_build_object('step', g.current_step, 'status', g.status, 'count', g.count))
      from (select current_step, status, count(*) from live group by 1, 2) g), '[]'),
    'ended', (select jsonb_build_array(
        jsonb_build_object('status', 'completed', 'count', b.completed),
        jsonb_build_object('status', 'failed', 'count', b.failed),
        jsonb_build_object('status', 'cancelled', 'count',
          greatest(0, b.total - b.completed - b.failed - (select count(*) from live))))
      from batches b),
    'paused', coalesce((select jsonb_agg(jsonb_build_object('by', g.by, 'count', g.count))
      from (select case when pause_reason like 'Paused by the circuit breaker:%' then 'breaker' else 'person' end as by, count(*)
        from registration_batch_jobs
        where status in ('pending', 'in_progress', 'action_required') and paused_at is not null group by 1) g), '[]'),
    'waiting', coalesce((select jsonb_agg(jsonb_build_object('asked', g.asked, 'oldest_seconds', g.oldest, 'ages', g.ages))
      from (select w.asked, max(w.seconds) as oldest, (
            select jsonb_agg(jsonb_build_object('longer_than', a.name, 'count',
              (select count(*) from waiting x where x.asked = w.asked and x.seconds >= a.seconds)))
            from (values ('0s', 0), ('15m', 900), ('1h', 3600), ('4h', 14400), ('24h', 86400), ('7d', 604800)) a (name, seconds)
          ) as ages
        from waiting w group by w.asked) g), '[]'))
$$;
select registration.service_only('public.registration_figures()');

notify pgrst, 'reload schema';
