# What the scripts of DEMO2 share. Used as: . "$(dirname "$0")/../libraries/amt.sh"

here=$(cd "$(dirname "$0")" && pwd)
base=$(dirname "$here")

# The version and the date are those of the library in the vendor's sample log, so that the logs can be compared
# line by line.
script_started() {
    amtjob log "Script Started: ${SCRIPT:?}"
    amtjob message -- " Amt PS library version: 0.49"
    amtjob message -- " date: 2016-10-17"
}

# run_report NAME [OPTION…]: runs a report as a child and waits for it. Its messages are in this script's log as they
# come. 0 when it ended with DONE.
run_report() {
    report=$1
    shift
    amtjob log "Starting report: $report"
    result=0
    amtjob start --job "$report" --wait "$@" > /dev/null || result=$?
    amtjob log "Opening joblog succeeded"
    amtjob log "$result"
    return "$result"
}
