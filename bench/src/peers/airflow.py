"""Runs the shapes of the comparison on an Airflow of its own.

    airflow.py FOLDER DATABASE-URL SLOTS

Reads lines `row N LIMIT` and `fan N LIMIT` (seconds) and answers each with the seconds that the run took, or with `limit`. Prints
`ready VERSION` first. Ends with its standard input, and ends what it has started.
"""

import os
import pathlib
import secrets
import signal
import socket
import subprocess
import sys
import time

import psycopg2

START_LIMIT = 300
SHAPES = """
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

def dag(name):
    return DAG(name, schedule=None, catchup=False, max_active_tasks={slots})

for count in (3, 10, 40):
    with dag(f"row_{{count}}") as row:
        before = None
        for number in range(count):
            task = BashOperator(task_id=f"task_{{number:04}}", bash_command="true")
            if before is not None:
                before >> task
            before = task
    globals()[row.dag_id] = row

for count in (200, 1000):
    with dag(f"fan_{{count}}") as fan:
        first = BashOperator(task_id="first", bash_command="true")
        first >> [BashOperator(task_id=f"task_{{number:04}}", bash_command="true") for number in range(count)]
    globals()[fan.dag_id] = fan
"""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Airflow:
    def __init__(self, folder, database, slots):
        self.folder = folder
        self.parts = []
        self.database = psycopg2.connect(database)
        self.database.autocommit = True
        dags = folder / "dags"
        dags.mkdir(parents=True)
        (dags / "shapes.py").write_text(SHAPES.format(slots=slots))
        port = free_port()
        self.environment = dict(
            os.environ,
            AIRFLOW_HOME=str(folder),
            AIRFLOW__CORE__DAGS_FOLDER=str(dags),
            AIRFLOW__CORE__EXECUTOR="LocalExecutor",
            AIRFLOW__CORE__LOAD_EXAMPLES="False",
            AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION="False",
            AIRFLOW__CORE__PARALLELISM=str(slots),
            AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG=str(slots),
            AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS="True",
            AIRFLOW__CORE__EXECUTION_API_SERVER_URL=f"http://127.0.0.1:{port}/execution/",
            AIRFLOW__API__BASE_URL=f"http://127.0.0.1:{port}",
            AIRFLOW__API__HOST="127.0.0.1",
            AIRFLOW__API__PORT=str(port),
            AIRFLOW__API__SECRET_KEY=secrets.token_hex(16),
            AIRFLOW__API_AUTH__JWT_SECRET=secrets.token_hex(32),
            AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=database.replace("postgres://", "postgresql+psycopg2://", 1)
            .replace("postgresql://", "postgresql+psycopg2://", 1),
            AIRFLOW__LOGGING__LOGGING_LEVEL="WARNING",
        )
        # The one of this environment, whatever lies on the path.
        self.program = str(pathlib.Path(sys.executable).parent / "airflow")

    def say(self, *arguments):
        with open(self.folder / "say.log", "ab") as log:
            subprocess.run([self.program, *arguments], env=self.environment, stdout=log, stderr=log, check=True)

    def start(self):
        self.say("db", "migrate")
        for part in (["api-server", "--workers", "1"], ["dag-processor"], ["scheduler"]):
            log = open(self.folder / f"{part[0]}.log", "wb")
            self.parts.append(
                subprocess.Popen(
                    [self.program, *part], env=self.environment, stdout=log, stderr=log, start_new_session=True
                )
            )
        until = time.monotonic() + START_LIMIT
        while self.ask("SELECT count(*) FROM serialized_dag")[0][0] < 5:
            self.check(until, "its DAGs are known")
            time.sleep(0.5)

    def check(self, until, what):
        for part in self.parts:
            if part.poll() is not None:
                raise RuntimeError(f"{part.args[1]} of Airflow has ended with {part.returncode}")
        if time.monotonic() > until:
            raise RuntimeError(f"waited until {what}")

    def ask(self, text, *values):
        with self.database.cursor() as cursor:
            cursor.execute(text, values)
            return cursor.fetchall()

    def run(self, dag, limit):
        name = f"bench-{secrets.token_hex(4)}"
        self.say("dags", "trigger", dag, "--run-id", name)
        until = time.monotonic() + limit
        while True:
            found = self.ask(
                "SELECT state, extract(epoch FROM end_date - queued_at) FROM dag_run WHERE dag_id = %s AND run_id = %s",
                dag,
                name,
            )
            state, seconds = found[0] if found else (None, None)
            if state == "failed":
                raise RuntimeError(f"the run of {dag} has failed")
            if state == "success":
                return float(seconds)
            if time.monotonic() > until:
                return None
            self.check(until + 60, f"{dag} has ended")
            time.sleep(0.2)

    def end(self):
        for part in reversed(self.parts):
            try:
                os.killpg(part.pid, signal.SIGTERM)
                part.wait(20)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                pass
            try:
                os.killpg(part.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder, database, slots = sys.argv[1:]
    airflow = Airflow(pathlib.Path(folder), database, int(slots))
    try:
        airflow.start()
        airflow.run("row_3", 300)
        version = subprocess.run([airflow.program, "version"], env=airflow.environment, capture_output=True, text=True)
        print("ready", version.stdout.split()[-1], flush=True)
        for line in sys.stdin:
            shape, count, limit = line.split()
            seconds = airflow.run(f"{shape}_{count}", float(limit))
            print("limit" if seconds is None else f"{seconds:.3f}", flush=True)
            if seconds is None:
                break
    finally:
        airflow.end()


main()
