#!/bin/sh
# The namespace, and the search attributes by which runs are found (domain/ids.ts). Does nothing where they are.
set -eu

temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"

# A namespace that was just made is known everywhere some seconds later; this container is started again until it is.
present=$(temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE")
for attribute in BatchId:Keyword OrganisationId:Keyword RestaurantId:Keyword RegistrationStep:Int AwaitingInput:Keyword; do
  name=${attribute%:*}
  case "$present" in
    *"$name"*) ;;
    *) temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$name" --type "${attribute#*:}" ;;
  esac
done
