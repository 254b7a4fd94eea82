/** One table of where everything is, for the settings that a stack gave to its programs. */
export function addressTable(env: Record<string, string>, logs: string): string {
  const database = new URL(env['DATABASE_URL'] ?? '');
  database.password = '';
  const api = `http://127.0.0.1:${env['API_PORT']}`;
  const rows: [string, string][] = [
    ['Console', `${api}/`],
    ['Temporal Web UI', env['TEMPORAL_UI_URL'] ?? ''],
    ['API', `${api}/api/registration-batches`],
    ['API docs', `${api}/docs`],
    ['PostgREST', `${env['SUPABASE_URL']}/rest/v1`],
    ['Simulator', `http://127.0.0.1:${env['SIM_PORT']}`],
    ['PostgreSQL', `${database.toString()} (password: .dev/secrets.json)`],
    ['Temporal address', `${env['TEMPORAL_ADDRESS']} (namespace ${env['TEMPORAL_NAMESPACE']})`],
    ['Logs', logs],
    ['A user token', './temporal-dev.sh token --role admin'],
  ];
  const width = Math.max(...rows.map(([label]) => label.length)) + 2;
  const lines = rows.map(([label, value]) => `  ${label.padEnd(width)}${value}`);
  return ['', ...lines, ''].join('\n');
}
