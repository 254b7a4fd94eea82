/** A database as a hosted Supabase project is: its roles, `auth`, default grants, and an owner who is no superuser. */
import { withClient, type TestServer } from './database';

// Roles belong to the server: another project of it may have made them.
const ROLES = `
  do $roles$
  declare
    v_role record;
  begin
    for v_role in
      select * from (values
        ('anon', 'nologin noinherit'),
        ('authenticated', 'nologin noinherit'),
        ('service_role', 'nologin noinherit bypassrls'),
        ('authenticator', 'login noinherit'),
        ('supabase_auth_admin', 'nologin noinherit createrole')) as r (name, options)
    loop
      if not exists (select from pg_roles where rolname = v_role.name) then
        execute format('create role %I %s', v_role.name, v_role.options);
      end if;
    end loop;
  end
  $roles$;
  grant anon, authenticated, service_role to authenticator;`;

const project = (database: string, owner: string): string => `
  create role ${owner} login password 'test-only' createrole createdb bypassrls replication;
  grant anon, authenticated, service_role, authenticator to ${owner};
  alter database ${database} owner to ${owner};
  create schema auth authorization supabase_auth_admin;
  create function auth.uid() returns uuid language sql stable as
    $$ select nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$;
  alter function auth.uid() owner to supabase_auth_admin;
  grant usage on schema auth, public to ${owner}, anon, authenticated, service_role;
  create publication supabase_realtime;
  alter publication supabase_realtime owner to ${owner};
  alter default privileges for role ${owner} in schema public
    grant all on tables to anon, authenticated, service_role;
  alter default privileges for role ${owner} in schema public
    grant all on sequences to anon, authenticated, service_role;
  alter default privileges for role ${owner} in schema public
    grant execute on functions to anon, authenticated, service_role;`;

/**
 * An empty project; answers the URL of its owner (who is called `postgres` at Supabase).
 * @param own run as the owner: what the project has of its own
 */
export async function hostedProject(server: TestServer, own = ''): Promise<string> {
  const url = new URL(await server.createDatabase());
  const database = url.pathname.slice(1);
  const owner = `owner_${database.slice(-8)}`;
  await withClient(url.href, async (client) => {
    await client.query(ROLES);
    await client.query(project(database, owner));
  });
  Object.assign(url, { username: owner, password: 'test-only' });
  if (own !== '') await withClient(url.href, (client) => client.query(own));
  return url.href;
}
