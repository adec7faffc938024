#!/bin/sh
# A night's work, as an example to start from: wait for the day's file, run the reports one after the other, and tell
# the operators when one failed. After a crash it goes on with the report that had not ended.
set -eu
SCRIPT=NIGHTLY
. "$(dirname "$0")/../libraries/amt.sh"

script_started
if done_before=$(amtjob recovered); then
    amtjob log "Going on after: $done_before"
else
    done_before=
    amtjob wait-file "$base/extracts/SALES.DAT" --timeout 2h > /dev/null || {
        amtjob alert --kind error "The day's sales did not come; the night has not been run"
        amtjob abort "The day's sales did not come"
    }
fi

for report in REPORTTEST01 COBOLREPORT REPORTTEST02; do
    case " $done_before " in *" $report "*) continue ;; esac
    if ! run_report "$report" --extract-file "SALES=$base/extracts/SALES.DAT"; then
        amtjob alert --kind error "NIGHTLY: $report failed, what follows it has not been run"
        exit 1
    fi
    done_before="$done_before $report"
    amtjob critical-point --name "after $report" --data "$done_before"
done
amtjob set REPORTS "$done_before"
amtjob log "Job finished"
