#!/bin/sh
# Makes the namespace, or sets its retention where it exists. TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, RETENTION.
set -eu

# Tries for two minutes.
patiently() {
  attempt=1
  until "$@" >/dev/null 2>&1; do
    if [ "$attempt" -ge 60 ]; then
      echo "still failing at $TEMPORAL_ADDRESS: $*" >&2
      "$@"
      exit 1
    fi
    attempt=$((attempt + 1))
    sleep 2
  done
}

# The port answers some seconds before the server takes requests.
patiently temporal operator cluster health

if ! temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
fi
# Parts of the server learn of a new namespace some seconds later; a worker that comes before that gives up.
patiently temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
patiently temporal workflow list --namespace "$TEMPORAL_NAMESPACE" --limit 1
echo "namespace $TEMPORAL_NAMESPACE keeps closed workflows for $RETENTION"
