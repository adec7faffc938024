"""Runs /bin/true under HyperQueue: its server, one worker and the client of its Python package in this process.

Arguments: folder, slots, jobs that warm up, jobs, "one" (all are tasks of one job) or "each" (every one is a job).
Prints a line of JSON at the end. Ends at once when its standard input does: then the harness is gone.
"""

import json
import os
import sys
import threading
import time

from hyperqueue.cluster import LocalCluster, WorkerConfig
from hyperqueue.job import Job

# Their own wait asks once a second, which is too coarse for a measurement.
LOOK_AGAIN = 0.005
# The last jobs that are waited for one by one before all are asked for: they end about in order.
LAST = 64


class NotYet(Exception):
    """Leaves their wait before it sleeps."""


def end_with_the_harness():
    def watch():
        # Nothing is ever written to it. Python's own reader would hold a lock that the end of this program wants.
        os.read(0, 1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def wait(client, ids):
    """Waits until these jobs have ended; how many of their tasks ended well."""
    finished = 0

    def look(jobs):
        nonlocal finished
        if not all(job["completed"] for job in jobs.values()):
            raise NotYet
        finished = sum(job["finished"] for job in jobs.values())

    while True:
        try:
            client.connection.wait_for_jobs(ids, look)
            return finished
        except NotYet:
            time.sleep(LOOK_AGAIN)


def submit(client, folder, tasks):
    job = Job(default_workdir=folder, max_fails=None)
    for _ in range(tasks):
        # Their default places, with the job's number, since here many jobs share a folder.
        name = "%{CWD}/%{JOB_ID}-%{TASK_ID}"
        job.program(["/bin/true"], stdout=name + ".stdout", stderr=name + ".stderr")
    return client.submit(job).id


def run(client, folder, jobs, is_one):
    os.mkdir(folder)
    begin = time.monotonic()
    if is_one:
        ids = [submit(client, folder, jobs)]
    else:
        ids = [submit(client, folder, 1) for _ in range(jobs)]
    submitted = time.monotonic() - begin
    for number in ids[-LAST:]:
        wait(client, [number])
    finished = wait(client, ids)
    seconds = time.monotonic() - begin
    outputs = sum(1 for name in os.listdir(folder) if name.endswith(".stdout"))
    return {"seconds": seconds, "submitted": submitted, "finished": finished, "outputs": outputs}


def main():
    folder, slots, warm, jobs, way = sys.argv[1:]
    end_with_the_harness()
    server = os.path.join(folder, "server")
    os.mkdir(server)
    with LocalCluster(server, WorkerConfig(cores=int(slots))) as cluster:
        client = cluster.client()
        run(client, os.path.join(folder, "warm"), int(warm), True)
        answer = run(client, os.path.join(folder, "jobs"), int(jobs), way == "one")
    print(json.dumps(answer), flush=True)


main()
