#!/bin/sh
# Makes Temporal's two databases and brings them to the schema of this version; does nothing where they are. SQL_* say where.
set -eu

for name in temporal:temporal temporal_visibility:visibility; do
  database=${name%:*}
  # Fails only when the database is there already; what else could be wrong shows in the next line.
  temporal-sql-tool --db "$database" create || true
  if ! temporal-sql-tool --db "$database" update-schema --schema-name "postgresql/v12/${name#*:}"; then
    temporal-sql-tool --db "$database" setup-schema --version 0.0
    temporal-sql-tool --db "$database" update-schema --schema-name "postgresql/v12/${name#*:}"
  fi
done
