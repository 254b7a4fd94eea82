-- Made from migrations/20261125110300_shared_rate.sql by `npm run supabase:migrations`: change that file, not this one.
-- A pace that all workers share: who calls an outside service asks here for its turn first. It is kept by the database's clock, so it holds
-- over any number of workers, their restarts and retries.

create table registration.paces (
  -- The service and its credential set, without telling it.
  name text primary key,
  -- Turns up to here are given away; a quiet time gives at most a burst back (generic cell rate algorithm).
  given_until timestamptz not null,
  -- The service asked for a pause: no turn before this, and turns given for a time before it are void.
  held_until timestamptz not null default '-infinity'
);

-- How far ahead of `given_until` a turn may lie: the burst, less the turn itself.
create function registration.pace_credit(p jsonb) returns interval language sql immutable as
$$
  select make_interval(secs => greatest((p ->> 'burst')::double precision - 1, 0) / (p ->> 'rate_per_second')::double precision)
$$;

-- Locks the row until the end of the transaction: turns are given one after the other.
create function registration.lock_pace(p_name text) returns registration.paces language plpgsql as
$$
declare
  v_pace registration.paces;
begin
  insert into registration.paces (name, given_until) values (p_name, clock_timestamp()) on conflict do nothing;
  select * into strict v_pace from registration.paces where name = p_name for update;
  return v_pace;
end
$$;

-- In: { name, rate_per_second, burst, max_wait_ms, turn? }. Out: { wait_ms, turn }.
-- `turn` (ms since the epoch) is reserved for the caller, who waits `wait_ms` and, having waited, asks again with it: it stands unless it is
-- void, or was slept through, and is replaced else. Null: it would be longer than `max_wait_ms`, and nothing is reserved.
create function public.take_turn(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as
$$
declare
  v_pace registration.paces := registration.lock_pace(p ->> 'name');
  v_now timestamptz := clock_timestamp();
  v_turn timestamptz := to_timestamp((p ->> 'turn')::double precision / 1000);
  v_wait_ms integer;
begin
  if v_turn is null or v_turn < v_pace.held_until or v_turn < v_now - interval '2 seconds' then
    v_turn := greatest(v_now, v_pace.given_until - registration.pace_credit(p), v_pace.held_until);
    if v_turn > v_now + make_interval(secs => (p ->> 'max_wait_ms')::double precision / 1000) then
      return jsonb_build_object('wait_ms', ceil(extract(epoch from v_turn - v_now) * 1000), 'turn', null);
    end if;
    update registration.paces set
        given_until = greatest(given_until, v_turn) + make_interval(secs => 1 / (p ->> 'rate_per_second')::double precision)
      where name = v_pace.name;
  end if;
  v_wait_ms := greatest(0, ceil(extract(epoch from v_turn - v_now) * 1000));
  return jsonb_build_object('wait_ms', v_wait_ms, 'turn', extract(epoch from v_turn) * 1000);
end
$$;

-- In: { name, rate_per_second, burst, hold_ms }. Nobody's turn comes before that, and then they come one by one, without a burst.
create function public.hold_turns(p jsonb) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as
$$
declare
  v_pace registration.paces := registration.lock_pace(p ->> 'name');
  v_until timestamptz := greatest(v_pace.held_until,
    clock_timestamp() + make_interval(secs => (p ->> 'hold_ms')::double precision / 1000));
begin
  update registration.paces set
      held_until = v_until,
      given_until = greatest(given_until, v_until + registration.pace_credit(p))
    where name = v_pace.name;
end
$$;

select registration.service_only('public.take_turn(jsonb)');
select registration.service_only('public.hold_turns(jsonb)');
notify pgrst, 'reload schema';
