#!/bin/sh
# Runs ASKOPERATOR with an accept file, so that nobody has to be there.
set -eu
SCRIPT=RUN_ASKOPERATOR
. "$(dirname "$0")/../libraries/amt.sh"

script_started
run_report ASKOPERATOR --request-file ANSWERS.txt
amtjob log "Job finished"
