-- Made from migrations/20261125120100_service_actor.sql by `npm run supabase:migrations`: change that file, not this one.
-- A service is no user, so a batch that it creates has no `created_by`; the audit trail names it all the same (`actor`).

create or replace function registration.insert_batch(p jsonb) returns jsonb language plpgsql as
$$
declare
  v_organisation uuid := (p ->> 'organisation_id')::uuid;
  v_batch public.registration_batch_jobs;
  v_refused jsonb;
begin
  if jsonb_array_length(p -> 'restaurant_ids') = 0 or jsonb_array_length(p -> 'steps') <> 6
     or jsonb_array_length(p -> 'sub_steps') <> 12 then
    raise exception 'a batch needs restaurants, six steps and twelve sub-steps' using errcode = 'invalid_parameter_value';
  end if;
  select jsonb_agg(distinct i.id) into v_refused
    from jsonb_array_elements_text(p -> 'restaurant_ids') as i (id)
    where not exists (
      select from public.restaurants r where r.id = i.id::uuid and r.organisation_id = v_organisation);
  if v_refused is not null then
    return jsonb_build_object('error', 'RESTAURANT_NOT_FOUND', 'restaurant_ids', v_refused);
  end if;

  begin
    insert into public.registration_batch_jobs (name, organisation_id, source_lead_scrape_job_id, execution_mode,
        failure_policy, total_restaurants, created_by, start_requested_at, metadata)
      values (p ->> 'name', v_organisation, (p ->> 'source_lead_scrape_job_id')::uuid,
        coalesce(p ->> 'execution_mode', 'parallel'), coalesce(p ->> 'failure_policy', 'wait'),
        (select count(distinct i.id::uuid) from jsonb_array_elements_text(p -> 'restaurant_ids') as i (id)),
        (p ->> 'created_by')::uuid, case when (p ->> 'start_requested')::boolean then clock_timestamp() end,
        coalesce(nullif(p -> 'metadata', 'null'), '{}'))
      returning * into v_batch;
    perform registration.insert_jobs(v_batch, p);
  exception when unique_violation then
    -- The index of live jobs decides, also between two requests at once; only then is it asked which they are.
    select jsonb_agg(j.restaurant_id) into v_refused from public.registration_jobs j
      where j.restaurant_id in (select i.id::uuid from jsonb_array_elements_text(p -> 'restaurant_ids') as i (id))
        and j.status in ('pending', 'in_progress', 'action_required');
    if v_refused is null then
      raise;
    end if;
    return jsonb_build_object('error', 'RESTAURANT_ALREADY_IN_BATCH', 'restaurant_ids', v_refused);
  end;

  insert into public.registration_events (id, organisation_id, batch_job_id, kind, actor, data)
    values ('batch:' || v_batch.id || ':created', v_organisation, v_batch.id, 'batch_created',
      coalesce(p ->> 'actor', p ->> 'created_by'),
      jsonb_build_object('restaurants', v_batch.total_restaurants, 'start_requested', v_batch.start_requested_at is not null));
  perform public.record_batch_summary(v_batch.id);
  return jsonb_build_object('batch_id', v_batch.id, 'jobs', (
    select jsonb_agg(jsonb_build_object('id', j.id, 'restaurant_id', j.restaurant_id) order by j.position)
    from public.registration_jobs j where j.batch_job_id = v_batch.id));
end
$$;

notify pgrst, 'reload schema';
