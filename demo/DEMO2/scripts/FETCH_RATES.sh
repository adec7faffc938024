#!/bin/sh
# Fetches exchange rates from a source that answers at the third time only: a script that fails and that a scheduler
# runs again. It counts its tries in a file of the temporary folder.
set -eu
SCRIPT=FETCH_RATES
. "$(dirname "$0")/../libraries/amt.sh"

script_started
count_file="${TMPDIR:-/tmp}/ringmaster-demo-rates-$(id -u)"
tries=$(cat "$count_file" 2>/dev/null || echo 0)
tries=$((tries + 1))
if [ "$tries" -lt 3 ]; then
    echo "$tries" > "$count_file"
    amtjob log "No answer from the source of the rates, time $tries"
    exit 1
fi
rm -f "$count_file"
amtjob log "Rates fetched at time $tries"
amtjob log "Job finished"
