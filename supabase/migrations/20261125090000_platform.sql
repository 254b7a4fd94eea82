-- Made from migrations/20261125090000_platform.sql by `npm run supabase:migrations`: change that file, not this one.
-- What a Supabase project brings along: roles, auth.uid() and the platform's own tables. On an empty PostgreSQL they are
-- created; on a project that has them, only missing columns are added, and its grants and policies are left alone.

do $roles$
declare
  v_role record;
begin
  for v_role in
    select * from (values
      ('anon', 'nologin noinherit'),
      ('authenticated', 'nologin noinherit'),
      ('service_role', 'nologin noinherit bypassrls'),
      ('authenticator', 'nologin noinherit')) as r (name, options)
  loop
    if not exists (select from pg_roles where rolname = v_role.name) then
      begin
        execute format('create role %I %s', v_role.name, v_role.options);
      exception when duplicate_object or unique_violation then
        -- Roles belong to the whole server: another database's migration was faster.
        raise notice 'role % was created meanwhile', v_role.name;
      end;
    end if;
  end loop;
  -- PostgREST connects as authenticator and becomes one of the others.
  for v_role in select unnest(array['anon', 'authenticated', 'service_role']) as name loop
    if not pg_has_role('authenticator', v_role.name, 'member') then
      execute format('grant %I to authenticator', v_role.name);
    end if;
  end loop;
end
$roles$;

do $auth$
begin
  if to_regnamespace('auth') is null then
    create schema auth;
    grant usage on schema auth to anon, authenticated, service_role;
  end if;
  if to_regprocedure('auth.uid()') is null then
    execute $uid$
      create function auth.uid() returns uuid language sql stable as
      $body$ select nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')::uuid $body$
    $uid$;
  end if;
end
$auth$;

grant usage on schema public to anon, authenticated, service_role;

-- The workings of our functions; no schema that PostgREST serves.
create schema if not exists registration;

-- dbmate's own table stands in public, which Supabase serves to everybody unless row level security is on.
do $own_table$
begin
  if exists (
    select from pg_class
    where oid = to_regclass('public.schema_migrations') and pg_has_role(relowner, 'member')
  ) then
    alter table public.schema_migrations enable row level security;
  end if;
end
$own_table$;

create temporary table created_platform_tables (name text primary key) on commit drop;

do $tables$
declare
  v_table text;
begin
  foreach v_table in array array['organisations', 'profiles', 'restaurants', 'extraction_jobs', 'menus', 'menu_items',
    'pumpd_accounts', 'pumpd_restaurants']
  loop
    if to_regclass(format('public.%I', v_table)) is null then
      execute format('create table public.%I (id uuid primary key default gen_random_uuid())', v_table);
      execute format('alter table public.%I enable row level security', v_table);
      execute format('revoke all on public.%I from anon, authenticated', v_table);
      execute format('grant select on public.%I to authenticated', v_table);
      execute format('grant select, insert, update, delete on public.%I to service_role', v_table);
      insert into created_platform_tables values (v_table);
    end if;
  end loop;
end
$tables$;

alter table public.organisations
  add column if not exists name text,
  add column if not exists settings jsonb not null default '{}';

-- id = the auth user's.
alter table public.profiles
  add column if not exists organisation_id uuid references public.organisations (id),
  add column if not exists email text,
  add column if not exists role text not null default 'user' check (role in ('user', 'admin', 'super_admin'));

alter table public.restaurants
  add column if not exists organisation_id uuid references public.organisations (id),
  add column if not exists name text,
  add column if not exists address text,
  add column if not exists city text,
  add column if not exists phone text,
  add column if not exists email text,
  add column if not exists user_email text,
  add column if not exists website_url text,
  add column if not exists ubereats_url text,
  add column if not exists doordash_url text,
  add column if not exists subdomain text,
  add column if not exists theme text,
  add column if not exists cuisine jsonb,
  add column if not exists primary_color text,
  add column if not exists secondary_color text,
  add column if not exists opening_hours jsonb,
  add column if not exists company_name text,
  add column if not exists company_number text,
  add column if not exists nzbn text,
  add column if not exists gst_number text,
  add column if not exists contact_name text,
  add column if not exists full_legal_name text,
  add column if not exists contact_email text,
  add column if not exists contact_phone text,
  add column if not exists additional_contacts_metadata jsonb,
  add column if not exists onboarding_status text,
  add column if not exists demo_store_url text,
  add column if not exists hosted_logo_url text,
  add column if not exists stripe_connect_url text,
  add column if not exists code_injection_id text,
  add column if not exists created_at timestamptz not null default now(),
  add column if not exists updated_at timestamptz not null default now();

alter table public.extraction_jobs
  add column if not exists organisation_id uuid references public.organisations (id),
  add column if not exists restaurant_id uuid references public.restaurants (id),
  add column if not exists job_type text,
  add column if not exists status text,
  add column if not exists url text,
  add column if not exists error text,
  add column if not exists created_at timestamptz not null default now(),
  add column if not exists completed_at timestamptz;

alter table public.menus
  add column if not exists organisation_id uuid references public.organisations (id),
  add column if not exists restaurant_id uuid references public.restaurants (id),
  add column if not exists version integer not null default 1,
  add column if not exists is_active boolean not null default true,
  add column if not exists created_at timestamptz not null default now();

alter table public.menu_items
  add column if not exists organisation_id uuid references public.organisations (id),
  add column if not exists menu_id uuid references public.menus (id),
  add column if not exists category text,
  add column if not exists name text,
  add column if not exists price numeric(10, 2),
  add column if not exists description text,
  add column if not exists tags jsonb,
  add column if not exists dish_type text,
  add column if not exists image_url text;

alter table public.pumpd_accounts
  add column if not exists organisation_id uuid references public.organisations (id),
  add column if not exists restaurant_id uuid references public.restaurants (id),
  add column if not exists email text,
  add column if not exists phone text,
  add column if not exists registration_status text,
  add column if not exists pumpd_user_id text,
  add column if not exists secret_id uuid,
  add column if not exists created_by_job uuid,
  add column if not exists verify_started_at timestamptz,
  add column if not exists created_at timestamptz not null default now(),
  add column if not exists updated_at timestamptz not null default now();

alter table public.pumpd_restaurants
  add column if not exists organisation_id uuid references public.organisations (id),
  add column if not exists restaurant_id uuid references public.restaurants (id),
  add column if not exists pumpd_account_id uuid,
  add column if not exists pumpd_restaurant_id text,
  add column if not exists pumpd_subdomain text,
  add column if not exists pumpd_full_url text,
  add column if not exists registration_status text,
  add column if not exists dashboard_url text,
  add column if not exists created_at timestamptz not null default now();

create index if not exists profiles_organisation_idx on public.profiles (organisation_id);
create index if not exists restaurants_by_name_idx on public.restaurants (organisation_id, name);
create index if not exists restaurants_by_city_idx on public.restaurants (organisation_id, city);
create index if not exists extraction_jobs_newest_idx
  on public.extraction_jobs (restaurant_id, job_type, created_at desc);
create index if not exists menus_by_restaurant_idx on public.menus (restaurant_id, created_at desc);
create index if not exists menu_items_by_menu_idx on public.menu_items (menu_id);
create index if not exists pumpd_accounts_by_email_idx on public.pumpd_accounts (organisation_id, lower(email));
create index if not exists pumpd_accounts_by_restaurant_idx on public.pumpd_accounts (restaurant_id, created_at desc);
create index if not exists pumpd_restaurants_by_restaurant_idx
  on public.pumpd_restaurants (restaurant_id, created_at desc);

do $cuisine$
begin
  -- The filter by cuisine asks with @>; a project that keeps cuisine as plain text goes without the index.
  if (select atttypid from pg_attribute where attrelid = 'public.restaurants'::regclass and attname = 'cuisine')
     = 'jsonb'::regtype then
    create index if not exists restaurants_by_cuisine_idx on public.restaurants using gin (cuisine jsonb_path_ops);
  end if;
end
$cuisine$;

do $access$
declare
  v_table text;
begin
  -- A project's own has_org_access stays: its other policies depend on it.
  if to_regprocedure('public.has_org_access(uuid)') is null then
    execute $function$
      create function public.has_org_access(organisation_id uuid) returns boolean
      language sql stable security definer set search_path = pg_catalog, public, pg_temp as
      $body$
        select exists (
          select from profiles p
          where p.id = auth.uid()
            and (p.role::text = 'super_admin' or p.organisation_id = has_org_access.organisation_id))
      $body$
    $function$;
    revoke all on function public.has_org_access(uuid) from public, anon;
    grant execute on function public.has_org_access(uuid) to authenticated, service_role;
  end if;
  for v_table in select name from created_platform_tables loop
    execute format('create policy members_read on public.%I for select to authenticated using (public.has_org_access(%I))',
      v_table, case v_table when 'organisations' then 'id' else 'organisation_id' end);
  end loop;
end
$access$;
