#!/bin/sh
# Started by its file name, without a job definition. Shows what a script is told about itself.
set -eu
SCRIPT=RUN_FILENAMETEST
. "$(dirname "$0")/../libraries/amt.sh"

script_started
amtjob log "Working directory: $(basename "$(dirname "$PWD")")/$(basename "$PWD")"
amtjob log "Started by: ${INITUSER:-} at station ${INITSTATION:-}"
for parameter in "$@"; do
    amtjob log "Parameter: $parameter"
done
amtjob log "Job finished"
