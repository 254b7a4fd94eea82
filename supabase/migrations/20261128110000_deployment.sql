-- Made from migrations/20261128110000_deployment.sql by `npm run supabase:migrations`: change that file, not this one.
-- What a process asks before it works: whether the schema is the one that its code needs, and whether this is the record of the Temporal
-- namespace that it works with.

-- In: { versions: [text] }. Out: those of them that were not applied, neither by dbmate nor by the Supabase CLI.
create function public.missing_migrations(p jsonb) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as
$$
declare
  v_applied text[] := '{}';
  v_table regclass;
  v_versions text[];
begin
  foreach v_table in array array_remove(
    array[to_regclass('public.schema_migrations'), to_regclass('supabase_migrations.schema_migrations')], null)
  loop
    if has_table_privilege(v_table, 'select') then
      execute format('select coalesce(array_agg(version::text), ''{}'') from %s', v_table) into v_versions;
      v_applied := v_applied || v_versions;
    end if;
  end loop;
  return (
    select coalesce(jsonb_agg(v.version order by v.version), '[]')
    from jsonb_array_elements_text(p -> 'versions') as v (version)
    where v.version <> all (v_applied));
end
$$;

-- The namespace whose workflows this record describes: one row, written by the first worker that starts. Its id is the server's, so a
-- namespace of the same name on another server, or one that was made anew, is another.
create table registration.engine (
  only_one boolean primary key default true check (only_one),
  namespace_id text not null,
  namespace text not null,
  noted_at timestamptz not null default clock_timestamp()
);

-- In: { namespace_id?, namespace?, accept? }. Out: { namespace_id, namespace, noted_at } as noted, null if none is; the given one is noted
-- where none was, or when it is to be accepted in the place of the one before.
create function public.engine_of_record(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as
$$
declare
  v_engine registration.engine;
begin
  insert into registration.engine (namespace_id, namespace)
    select p ->> 'namespace_id', p ->> 'namespace' where p ->> 'namespace_id' is not null
    on conflict do nothing;
  if (p ->> 'accept')::boolean then
    update registration.engine set
      namespace_id = p ->> 'namespace_id', namespace = p ->> 'namespace', noted_at = clock_timestamp();
  end if;
  select * into v_engine from registration.engine;
  return case when found then to_jsonb(v_engine) - 'only_one' end;
end
$$;

select registration.service_only('public.missing_migrations(jsonb)');
select registration.service_only('public.engine_of_record(jsonb)');
notify pgrst, 'reload schema';
