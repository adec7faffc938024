# What the reports of DEMO2 share. Used as: . "$(dirname "$0")/../libraries/report.sh"

here=$(dirname "$0")

# How long a step takes. It is the application's setting and not the job's, so the text of a report stays the same
# however fast the demo runs.
step_seconds=${DEMO_STEP_SECONDS:-$(cat "$here/../settings/step_seconds")}

# steps NAME COUNT: works for COUNT steps and says so before each one.
steps() {
    step=0
    while [ "$step" -lt "$2" ]; do
        echo "$1 is running $((step * 10)) seconds"
        sleep "$step_seconds"
        step=$((step + 1))
    done
}
