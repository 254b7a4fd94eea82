-- Made from migrations/20261125090400_create_batch.sql by `npm run supabase:migrations`: change that file, not this one.

-- { step_number, step_name, step_description, step_type }[] and { key, phase, position, max_attempts }[] for each job.
create function registration.insert_jobs(p_batch public.registration_batch_jobs, p jsonb) returns void language plpgsql as
$$
begin
  -- In the order of their ids: two batches that share restaurants wait for each other on the unique index of live
  -- jobs, and must not do it crosswise.
  insert into public.registration_jobs (batch_job_id, restaurant_id, organisation_id, position)
    select p_batch.id, r.restaurant_id, p_batch.organisation_id, min(r.position)
    from (select value::uuid as restaurant_id, ordinality as position
      from jsonb_array_elements_text(p -> 'restaurant_ids') with ordinality) r
    group by r.restaurant_id
    order by r.restaurant_id;
  insert into public.registration_job_steps
      (job_id, organisation_id, step_number, step_name, step_description, step_type)
    select j.id, j.organisation_id, s.step_number, s.step_name, s.step_description, s.step_type
    from public.registration_jobs j, jsonb_to_recordset(p -> 'steps')
      as s (step_number integer, step_name text, step_description text, step_type text)
    where j.batch_job_id = p_batch.id;
  insert into public.registration_sub_steps (job_id, organisation_id, key, phase, position, max_attempts)
    select j.id, j.organisation_id, s.key, s.phase, s.position, s.max_attempts
    from public.registration_jobs j, jsonb_to_recordset(p -> 'sub_steps')
      as s (key text, phase integer, position integer, max_attempts integer)
    where j.batch_job_id = p_batch.id;
  update public.registration_job_steps s set sub_step_progress = registration.sub_step_progress(s.job_id)
    from public.registration_jobs j where j.id = s.job_id and j.batch_job_id = p_batch.id and s.step_number = 6;
end
$$;

-- Creates a batch with everything below it, or answers { error, restaurant_ids } having created nothing.
create function registration.insert_batch(p jsonb) returns jsonb language plpgsql as
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
    values ('batch:' || v_batch.id || ':created', v_organisation, v_batch.id, 'batch_created', p ->> 'created_by',
      jsonb_build_object('restaurants', v_batch.total_restaurants, 'start_requested', v_batch.start_requested_at is not null));
  perform public.record_batch_summary(v_batch.id);
  return jsonb_build_object('batch_id', v_batch.id, 'jobs', (
    select jsonb_agg(jsonb_build_object('id', j.id, 'restaurant_id', j.restaurant_id) order by j.position)
    from public.registration_jobs j where j.batch_job_id = v_batch.id));
end
$$;

-- In: { organisation_id, name, created_by, restaurant_ids[], source_lead_scrape_job_id?, execution_mode?, failure_policy?,
-- metadata?, start_requested?, steps[6], sub_steps[12], idempotency?: { caller, route, key, body_hash } }.
-- Out: { batch_id, jobs: [{ id, restaurant_id }], replayed } or
-- { error: RESTAURANT_NOT_FOUND | RESTAURANT_ALREADY_IN_BATCH | IDEMPOTENCY_KEY_REUSED, restaurant_ids }.
-- The same key with the same body answers the first batch; a refused request leaves its key free.
create function public.create_registration_batch(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as
$$
declare
  i jsonb := nullif(p -> 'idempotency', 'null');
  v_organisation uuid := (p ->> 'organisation_id')::uuid;
  v_stored idempotency_keys;
  v_answer jsonb;
begin
  if i is not null then
    -- A second request with this key waits here until the first is through.
    insert into idempotency_keys (organisation_id, caller, route, key, body_hash)
      values (v_organisation, i ->> 'caller', i ->> 'route', i ->> 'key', i ->> 'body_hash')
      on conflict do nothing;
    if not found then
      select * into strict v_stored from idempotency_keys k
        where k.organisation_id = v_organisation and k.caller = i ->> 'caller' and k.route = i ->> 'route'
          and k.key = i ->> 'key';
      if v_stored.body_hash <> i ->> 'body_hash' then
        return jsonb_build_object('error', 'IDEMPOTENCY_KEY_REUSED', 'restaurant_ids', '[]'::jsonb);
      end if;
      return v_stored.response || jsonb_build_object('replayed', true);
    end if;
  end if;

  v_answer := registration.insert_batch(p);
  if i is not null then
    if v_answer ? 'error' then
      delete from idempotency_keys k
        where k.organisation_id = v_organisation and k.caller = i ->> 'caller' and k.route = i ->> 'route'
          and k.key = i ->> 'key';
    else
      update idempotency_keys k set status_code = 201, response = v_answer
        where k.organisation_id = v_organisation and k.caller = i ->> 'caller' and k.route = i ->> 'route'
          and k.key = i ->> 'key';
    end if;
  end if;
  return case when v_answer ? 'error' then v_answer else v_answer || jsonb_build_object('replayed', false) end;
end
$$;
select registration.service_only('public.create_registration_batch(jsonb)');
