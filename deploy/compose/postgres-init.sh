#!/bin/sh
# Run by the PostgreSQL image once, on an empty data folder: the logins of those who use the server. The migrations make everything else.
set -eu

psql --username postgres --dbname postgres --set ON_ERROR_STOP=1 \
  --set authenticator="$AUTHENTICATOR_PASSWORD" \
  --set auth_admin="$AUTH_ADMIN_PASSWORD" \
  --set temporal="$TEMPORAL_DB_PASSWORD" \
  --set watcher="$WATCHER_PASSWORD" <<'SQL'
create role anon nologin noinherit;
create role authenticated nologin noinherit;
create role service_role nologin noinherit bypassrls;

-- PostgREST's login: no rights of its own, it becomes the role that the caller's token names.
create role authenticator login noinherit password :'authenticator';
grant anon, authenticated, service_role to authenticator;

-- Supabase Auth keeps its tables in a schema of its own.
create role supabase_auth_admin login noinherit createrole password :'auth_admin';
create schema auth authorization supabase_auth_admin;
alter role supabase_auth_admin set search_path = auth;
grant usage on schema auth to anon, authenticated, service_role;

-- The API's LISTEN: it is told that something changed, and can read nothing.
create role watcher login password :'watcher';

-- Temporal makes its two databases itself.
create role temporal login createdb password :'temporal';
SQL
