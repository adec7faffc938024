#!/bin/sh
# Runs the report PARAMETERTEST with this script's own parameter as the report parameter.
set -eu
SCRIPT=RUN_PARAMETERTEST
. "$(dirname "$0")/../libraries/amt.sh"

script_started
amtjob log "Starting parametertest with RepParam set"
run_report PARAMETERTEST --report-parameter "${1-}"
amtjob log "Finished running parametertest"
amtjob log "Job finished"
