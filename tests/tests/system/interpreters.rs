//! Scripts of each file type, with the interpreter that is built in or that the configuration names, and without it.
//!
//! The interpreter of `.ps1` here is a stand-in, a shell script that says so: no test claims that PowerShell itself was run. Python is
//! run for real, Node.js where it is installed.

use std::os::unix::fs::PermissionsExt as _;

use e2e::{Definitions, Site, on_both};
use serde_json::json;

/// Shows how it was called, then runs what the script's first line, a comment, says.
const STAND_IN: &str = "#!/bin/sh\n\
    echo \"stand-in for PowerShell: $1 $2 | $3 | $AMTPARAM_1\"\n\
    exec sh -c \"$(sed -n '1s/^# //p' \"$2\")\"\n";

/// A site that runs `.ps1` with a program that is written below its folder.
async fn with_stand_in(database: &e2e::Database, jobs: &Definitions) -> Site {
    let mut site = Site::prepare(database, jobs, "");
    let program = site.dir.path().join("pwsh-stand-in");
    std::fs::write(&program, STAND_IN).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    site.configure(&format!(
        "interpreters = [{{ extension = \".ps1\", program = \"{}\", arguments = [\"-File\", \"{{script}}\"] }}]",
        program.display()
    ));
    site.launch();
    site.log_on().await;
    site
}

on_both!(a_ps1_script_runs_with_the_configured_interpreter, |database| async move {
    let site = with_stand_in(&database, &Definitions::default()).await;
    let path = site.script("RUN.ps1", "# amtjob log working; amtjob set ROWS 7; exit 0\n");
    for name in ["RUN", "RUN.ps1", &path] {
        let id = site.api.start(json!({"ScriptName": name, "ScriptParameters": ["'PARAM'"]})).await;
        let status = site.api.until(id, &[4]).await;
        assert_eq!(status["ExitCode"], 0, "{status}");
        let called = format!("stand-in for PowerShell: -File {path} | 'PARAM' | 'PARAM'");
        let said = site.api.messages(id).await;
        assert_eq!(said, [called, "TEST RUN : working".to_owned()]);
        let (_, value) = site.api.get(&format!("/control/v1/requests/{id}/task-values/ROWS")).await;
        assert_eq!(value["value"], "7", "{value}");
    }
});

on_both!(a_ps1_script_that_fails_ends_with_11_and_its_exit_code, |database| async move {
    let site = with_stand_in(&database, &Definitions::default()).await;
    site.script("FAILS.ps1", "# exit 9\n");
    let id = site.api.start(json!({"ScriptName": "FAILS"})).await;
    let status = site.api.until(id, &[11]).await;
    assert_eq!((&status["ExitCode"], &status["Description"]), (&json!(9), &json!("exit code 9")));
});

on_both!(
    a_stored_ps1_job_without_its_interpreter_says_the_two_lines_of_the_seed,
    |database| async move {
        let more = "interpreters = [{ extension = \".ps1\", program = \"no-such-pwsh\" }]\n";
        let jobs = Definitions::default();
        let site = Site::start_with(&database, &jobs, more).await;
        let path = site.script("NIGHTLY.ps1", "# exit 0\n");
        // With a label the first line names it.
        let action = json!({"JobName": "NIGHTLY", "ScriptName": path});
        let id = site.api.start(action).await;
        let status = site.api.until(id, &[11]).await;
        assert_eq!(status["ExitCode"], serde_json::Value::Null, "nothing has run: {status}");
        let second = format!(
            "[An error occurred trying to start process 'no-such-pwsh' with working directory '{}'. No such file or directory]",
            site.app().join("scripts").display()
        );
        assert_eq!(
            site.api.messages(id).await,
            ["Error starting job [NIGHTLY]".to_owned(), second]
        );
    }
);

/// Runs a script that shows its arguments, variable and folder, writes a message and ends with the code that its argument says.
async fn runs(database: &e2e::Database, file: &str, text: &str) {
    let site = Site::start(database, &Definitions::default()).await;
    let path = site.script(file, text);
    for (name, exit_code, code) in [("SHOW", 0, 4), (file, 7, 11), (path.as_str(), 0, 4)] {
        let exit = exit_code.to_string();
        let action = json!({"ScriptName": name, "ScriptParameters": [exit, "'a b'"]});
        let id = site.api.start(action).await;
        let status = site.api.until(id, &[code]).await;
        assert_eq!(status["ExitCode"], exit_code, "{status}");
        let folder = site.app().join("scripts").canonicalize().unwrap();
        let shown = format!("{exit}|'a b'|'a b'|{}", folder.display());
        assert_eq!(site.api.messages(id).await, [shown, "TEST SHOW : working".to_owned()]);
    }
}

on_both!(a_py_script_is_run_by_python, |database| async move {
    let text = "import os, subprocess, sys\n\
        print(sys.argv[1], sys.argv[2], os.environ['AMTPARAM_2'], os.getcwd(), sep='|', flush=True)\n\
        subprocess.run(['amtjob', 'log', 'working'], check=True)\n\
        sys.exit(int(sys.argv[1]))\n";
    runs(&database, "SHOW.py", text).await;
});

on_both!(a_js_script_is_run_by_node, |database| async move {
    let node = std::process::Command::new("node").arg("--version").output();
    if !node.is_ok_and(|output| output.status.success()) {
        testkit::skip("Node.js is not installed, so no .js script is run");
        return;
    }
    let text = "const [exit, text] = process.argv.slice(2);\n\
        console.log([exit, text, process.env.AMTPARAM_2, process.cwd()].join('|'));\n\
        require('child_process').execFileSync('amtjob', ['log', 'working']);\n\
        process.exitCode = Number(exit);\n";
    runs(&database, "SHOW.js", text).await;
});
