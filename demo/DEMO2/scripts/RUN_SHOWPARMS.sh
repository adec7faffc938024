#!/bin/sh
# Runs an external executable with a global parameter and an extract file and reads its exit code back.
set -eu
SCRIPT=RUN_SHOWPARMS
. "$(dirname "$0")/../libraries/amt.sh"

script_started
out=$base/extracts/SHOWPARMS.txt
amtjob log "Starting executable: SHOWPARMS"
child=$(amtjob start --job SHOWPARMS --global-parameter "FIRST 7 LAST" --extract-file "OUT=$out")
amtjob wait "$child" > /dev/null || amtjob log "SHOWPARMS did not end with DONE"
code=$(amtjob get EXITCODE --request "$child")
amtjob log "EXITCODE $code"
if [ "$code" != 7 ] || [ ! -s "$out" ]; then
    amtjob log --kind error "SHOWPARMS was expected to end with 7 and to write its extract file"
    exit 1
fi
amtjob log "Job finished"
