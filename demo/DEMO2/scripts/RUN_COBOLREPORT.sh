#!/bin/sh
# Runs the COBOL report with its input file as extract file SALES.
set -eu
SCRIPT=RUN_COBOLREPORT
. "$(dirname "$0")/../libraries/amt.sh"

script_started
run_report COBOLREPORT --extract-file "SALES=$base/extracts/SALES.DAT"
amtjob log "Job finished"
