/** What a schema consists of, as text, so that two databases can be compared. */
import { withClient } from './database';

/** The owner's name differs between databases that are alike. */
const QUERY = `
  with spaces as (
    select oid, nspname from pg_namespace where nspname in ('public', 'registration')
  ), relations as (
    select c.*, format('%I.%I', s.nspname, c.relname) as name
    from pg_class c join spaces s on s.oid = c.relnamespace
    where c.relkind in ('r', 'v', 'm', 'S', 'p')
  )
  select format('schema %s %s', nspname, n.nspacl) from pg_namespace n join spaces using (oid, nspname)
  union all
  select format('%s %s: rls %s, forced %s, replica identity %s, %s', relkind, name, relrowsecurity, relforcerowsecurity, relreplident, relacl)
    from relations
  union all
  select format('column %s.%I %s not null %s default %s', r.name, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
      pg_get_expr(d.adbin, d.adrelid))
    from pg_attribute a join relations r on r.oid = a.attrelid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attnum > 0 and not a.attisdropped
  union all
  select format('constraint on %s: %s %s', r.name, k.conname, pg_get_constraintdef(k.oid))
    from pg_constraint k join relations r on r.oid = k.conrelid
  union all
  select pg_get_indexdef(i.indexrelid) from pg_index i join relations r on r.oid = i.indrelid
  union all
  select pg_get_triggerdef(t.oid) from pg_trigger t join relations r on r.oid = t.tgrelid where not t.tgisinternal
  union all
  select format('policy on %s: %s', r.name, to_jsonb(p) - 'oid' - 'polrelid' - 'polroles' - 'polqual' - 'polwithcheck')
      || format(' to %s using %s check %s', p.polroles::regrole[], pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
    from pg_policy p join relations r on r.oid = p.polrelid
  union all
  select format('%s%s', pg_get_functiondef(p.oid), p.proacl) from pg_proc p join spaces s on s.oid = p.pronamespace
    where p.prokind in ('f', 'p')
  union all
  select format('published by %s: %s', pubname, tablename) from pg_publication_tables`;

/** Everything in our schemas: one line of text for each thing, sorted. The tables of migration tools are left out. */
export async function catalogue(databaseUrl: string): Promise<string[]> {
  const owner = new URL(databaseUrl).username;
  const rows = await withClient(databaseUrl, (client) => client.query<{ format: string }>(QUERY));
  return rows.rows
    .map(({ format }) => format.replaceAll(owner, 'owner'))
    .filter((line) => !line.includes('schema_migrations'))
    .sort();
}
