-- Made from migrations/20261125090100_record_tables.sql by `npm run supabase:migrations`: change that file, not this one.
-- The record that people and the front end read. Who writes what: ARCHITECTURE.md.

create table public.registration_batch_jobs (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  organisation_id uuid not null references public.organisations (id),
  source_lead_scrape_job_id uuid,
  status text not null default 'pending'
    check (status in ('draft', 'pending', 'in_progress', 'action_required', 'completed', 'failed', 'cancelled')),
  execution_mode text not null default 'parallel' check (execution_mode in ('parallel', 'sequential')),
  failure_policy text not null default 'wait' check (failure_policy in ('wait', 'fail')),
  total_restaurants integer not null default 0 check (total_restaurants >= 0),
  completed_restaurants integer not null default 0 check (completed_restaurants >= 0),
  failed_restaurants integer not null default 0 check (failed_restaurants >= 0),
  current_step integer not null default 1 check (current_step between 1 and 6),
  total_steps integer not null default 6,
  created_by uuid,
  error_message text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  start_requested_at timestamptz,
  started_at timestamptz,
  completed_at timestamptz,
  cancel_requested_at timestamptz,
  cancelled_at timestamptz,
  paused_at timestamptz,
  pause_reason text,
  metadata jsonb not null default '{}'
);

create table public.registration_jobs (
  id uuid primary key default gen_random_uuid(),
  batch_job_id uuid not null references public.registration_batch_jobs (id) on delete cascade,
  restaurant_id uuid not null references public.restaurants (id),
  organisation_id uuid not null references public.organisations (id),
  -- Place in the list that the batch was created from, from 1.
  position integer not null,
  status text not null default 'pending'
    check (status in ('pending', 'in_progress', 'action_required', 'completed', 'failed', 'cancelled')),
  closure text check (closure in ('cancelled', 'given_up')),
  current_step integer not null default 1 check (current_step between 1 and 6),
  total_steps integer not null default 6,
  execution_config jsonb,
  pumpd_user_id text,
  pumpd_restaurant_id text,
  execution_results jsonb not null default '{}',
  error_message text,
  last_error_details jsonb,
  waiting_reason text,
  search_no integer not null default 0,
  -- Of the last snapshot taken, microseconds; 0 = the workflow has not written yet.
  revision bigint not null default 0,
  workflow_run_id text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  started_at timestamptz,
  completed_at timestamptz,
  cancel_requested_at timestamptz,
  cancelled_at timestamptz,
  metadata jsonb not null default '{}',
  unique (batch_job_id, restaurant_id)
);

create table public.registration_job_steps (
  id uuid primary key default gen_random_uuid(),
  job_id uuid not null references public.registration_jobs (id) on delete cascade,
  organisation_id uuid not null references public.organisations (id),
  step_number integer not null check (step_number between 1 and 6),
  step_name text not null,
  step_description text,
  step_type text not null check (step_type in ('automatic', 'action_required')),
  status text not null default 'pending' check (status in
    ('pending', 'in_progress', 'retrying', 'action_required', 'completed', 'failed', 'skipped', 'cancelled')),
  -- Step 6 alone; derived from registration_sub_steps, never written by hand.
  sub_step_progress jsonb,
  started_at timestamptz,
  completed_at timestamptz,
  duration_ms bigint,
  error_message text,
  error_details jsonb,
  retry_count integer not null default 0,
  max_retries integer not null default 3,
  result_data jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  metadata jsonb not null default '{}',
  unique (job_id, step_number)
);

-- The ledger of step 6: what is believed of the world outside, and how often it was acted upon.
create table public.registration_sub_steps (
  job_id uuid not null references public.registration_jobs (id) on delete cascade,
  key text not null check (key in
    ('cloudwaitressAccount', 'codeGeneration', 'createOnboardingUser', 'uploadImages', 'restaurantRegistration',
     'websiteConfig', 'servicesConfig', 'paymentConfig', 'menuImport', 'syncOnboardingUser', 'optionSets', 'itemTags')),
  organisation_id uuid not null references public.organisations (id),
  phase integer not null check (phase between 1 and 4),
  position integer not null,
  generation integer not null default 0 check (generation >= 0),
  -- Outside calls begun in this generation.
  attempt integer not null default 0 check (attempt >= 0),
  max_attempts integer not null,
  status text not null default 'pending' check (status in
    ('pending', 'in_progress', 'retrying', 'completed', 'failed', 'skipped', 'blocked', 'cancelled')),
  error_type text,
  error text,
  reason text,
  output jsonb,
  proof text check (proof in ('read_back', 'reported', 'none')),
  -- What the platform showed before the attempt acted; an unclear outcome is judged against it.
  state_before jsonb,
  started_at timestamptz,
  attempt_started_at timestamptz,
  completed_at timestamptz,
  updated_at timestamptz not null default now(),
  primary key (job_id, key)
);

create table public.companies_office_search_candidates (
  id uuid primary key default gen_random_uuid(),
  organisation_id uuid not null references public.organisations (id),
  restaurant_id uuid not null references public.restaurants (id),
  registration_job_id uuid not null references public.registration_jobs (id) on delete cascade,
  search_no integer not null default 0,
  search_queries jsonb not null default '[]',
  name_results jsonb not null default '[]',
  address_results jsonb not null default '[]',
  combined_results jsonb not null default '[]',
  candidate_count integer not null default 0,
  selected_company_number text,
  selected_company_data jsonb,
  status text not null default 'pending'
    check (status in ('pending', 'searching', 'awaiting_selection', 'selected', 'no_match', 'failed')),
  error_message text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  searched_at timestamptz,
  selected_at timestamptz,
  unique (restaurant_id, registration_job_id)
);

-- Append-only. The id is made by the writer from what happened, so a repeated write adds nothing.
create table public.registration_events (
  id text primary key,
  organisation_id uuid not null references public.organisations (id),
  batch_job_id uuid not null references public.registration_batch_jobs (id) on delete cascade,
  job_id uuid references public.registration_jobs (id) on delete cascade,
  kind text not null,
  actor text,
  reason text,
  data jsonb not null default '{}',
  at timestamptz not null default now()
);

-- Ciphertext alone; the keys are in the environment of the services. The id is part of what is authenticated,
-- so it is the writer's.
create table public.sealed_secrets (
  id uuid primary key,
  organisation_id uuid not null references public.organisations (id),
  owner_key text,
  key_id text not null,
  ciphertext text not null,
  created_at timestamptz not null default now()
);

create table public.idempotency_keys (
  organisation_id uuid not null references public.organisations (id),
  caller text not null,
  route text not null,
  key text not null,
  body_hash text not null,
  status_code integer,
  response jsonb,
  created_at timestamptz not null default now(),
  primary key (organisation_id, caller, route, key)
);

-- GET /: by organisation, newest first or by status, step, name.
create index registration_batches_updated_idx on public.registration_batch_jobs (organisation_id, updated_at desc);
create index registration_batches_status_idx on public.registration_batch_jobs (organisation_id, status, updated_at desc);
create index registration_batches_created_idx on public.registration_batch_jobs (organisation_id, created_at desc);
create index registration_batches_step_idx on public.registration_batch_jobs (organisation_id, current_step);
create index registration_batches_name_idx on public.registration_batch_jobs (organisation_id, name);
-- The reconciler: what is live, and what was asked to start.
create index registration_batches_live_idx on public.registration_batch_jobs (updated_at)
  where status in ('pending', 'in_progress', 'action_required');

-- GET /:id and /:id/progress.
create index registration_jobs_batch_idx on public.registration_jobs (batch_job_id, position);
create index registration_jobs_batch_status_idx on public.registration_jobs (batch_job_id, status);
-- GET /action-required.
create index registration_jobs_action_required_idx on public.registration_jobs (organisation_id, batch_job_id)
  where status = 'action_required';
-- One live job per restaurant, whatever its batch; also the reconciler's way to the live jobs.
create unique index registration_jobs_one_live_idx on public.registration_jobs (restaurant_id)
  where status in ('pending', 'in_progress', 'action_required');
create index registration_jobs_restaurant_idx on public.registration_jobs (restaurant_id, created_at desc);

create index registration_candidates_job_idx on public.companies_office_search_candidates (registration_job_id);
create index registration_events_job_idx on public.registration_events (job_id, at);
create index registration_events_batch_idx on public.registration_events (batch_job_id, at);
create index sealed_secrets_owner_idx on public.sealed_secrets (organisation_id, owner_key);
create index sealed_secrets_key_idx on public.sealed_secrets (key_id);
create index idempotency_keys_age_idx on public.idempotency_keys (created_at);

create function registration.touch_updated_at() returns trigger language plpgsql as
$$
begin
  new.updated_at := clock_timestamp();
  return new;
end
$$;

do $triggers$
declare
  v_table text;
begin
  foreach v_table in array array['registration_batch_jobs', 'registration_jobs', 'registration_job_steps',
    'registration_sub_steps', 'companies_office_search_candidates']
  loop
    execute format('create trigger touch_updated_at before update on public.%I for each row
      when (old.* is distinct from new.*) execute function registration.touch_updated_at()', v_table);
  end loop;
end
$triggers$;
