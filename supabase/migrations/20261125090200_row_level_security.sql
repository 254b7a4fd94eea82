-- Made from migrations/20261125090200_row_level_security.sql by `npm run supabase:migrations`: change that file, not this one.
-- Members read their organisation's rows, the service alone writes. Grants are taken back by name because a Supabase
-- project hands every new table of public to anon and authenticated, and row level security does not stop TRUNCATE.

do $access$
declare
  v_table text;
begin
  foreach v_table in array array['registration_batch_jobs', 'registration_jobs', 'registration_job_steps',
    'registration_sub_steps', 'companies_office_search_candidates', 'registration_events', 'sealed_secrets',
    'idempotency_keys']
  loop
    execute format('alter table public.%I enable row level security', v_table);
    execute format('revoke all on public.%I from public, anon, authenticated', v_table);
    execute format('grant select, insert, update, delete on public.%I to service_role', v_table);
    -- Nobody but the service sees these two at all.
    if v_table not in ('sealed_secrets', 'idempotency_keys') then
      execute format('grant select on public.%I to authenticated', v_table);
      execute format('create policy members_read on public.%I for select to authenticated
        using (public.has_org_access(organisation_id))', v_table);
    end if;
  end loop;
end
$access$;

-- The audit trail is append-only, for the service too.
revoke update, delete, truncate on public.registration_events from service_role;

-- For functions that PostgREST offers as /rpc/...: the service alone may call them.
create function registration.service_only(p_function regprocedure) returns void language plpgsql as
$$
begin
  execute format('revoke all on function %s from public, anon, authenticated', p_function);
  execute format('grant execute on function %s to service_role', p_function);
end
$$;
