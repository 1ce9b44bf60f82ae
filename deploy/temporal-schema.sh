#!/bin/sh
# Makes the two databases of Temporal and brings their schema up to the version of this image. Safe to run again.
set -eu

SQL_PASSWORD="$(cat /run/secrets/postgres_password)"
export SQL_PASSWORD

sql() {
  database="$1"
  shift
  temporal-sql-tool --plugin postgres12 --endpoint "$POSTGRES_HOST" --port 5432 --user temporal --database "$database" "$@"
}

versions=/etc/temporal/schema/postgresql/v12

sql temporal create
sql temporal setup-schema -v 0.0
sql temporal update-schema -d "$versions/temporal/versioned"

sql temporal_visibility create
sql temporal_visibility setup-schema -v 0.0
sql temporal_visibility update-schema -d "$versions/visibility/versioned"
