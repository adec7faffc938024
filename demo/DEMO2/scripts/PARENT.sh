#!/bin/sh
# Runs two reports side by side and waits for both, with code 15 (WAIT FOR JOB) meanwhile. Their messages appear here as
# they are written, interleaved.
set -eu
SCRIPT=PARENT
. "$(dirname "$0")/../libraries/amt.sh"

script_started
first=$(amtjob start --job REPORTTEST01 --report-parameter FROM_PARENT)
second=$(amtjob start --job REPORTTEST02 --task-value START=NOW)
amtjob log "Started two children"
amtjob wait "$first" "$second" > /dev/null
amtjob log "Both children are done"
amtjob log "Job finished"
