//! From a claimed request to the order of its runner.

use std::path::Path;

use batch_core::environment::{Database, JobFacts, JobKind, environment};
use batch_core::path_map::Host;
use batch_core::report_frame::ReportStart;
use batch_runner::Order;
use kit::Secret;
use sha2::{Digest as _, Sha256};

use super::Controller;
use crate::options::ApplicationDatabase;
use crate::server::Server;
use crate::store::request::{Request, Spec};

/// Everything the runner needs.
///
/// # Errors
/// A stored request that cannot be read, or whose application or interpreter is not there any more.
pub(super) fn order(controller: &Controller, request: &Request) -> anyhow::Result<Order> {
    let server = &controller.server;
    let spec = request.spec()?;
    // It was there when the request came; an interpreter would only say so in its own words.
    anyhow::ensure!(Path::new(&spec.file).exists(), "File not found");
    let attempt = request.attempt_number();
    let (program, arguments) = command(server, request, &spec)?;
    let working_directory = std::path::Path::new(&spec.file)
        .parent()
        .ok_or_else(|| anyhow::anyhow!("the file `{}` has no folder", spec.file))?
        .to_owned();
    let limits = &server.options.limits;
    let token = controller.tokens.of(request.id, request.attempt);
    let grace = |grace: std::time::Duration| u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
    Ok(Order {
        spool: controller.spool(request.id, attempt).dir().to_owned(),
        attempt: controller.marker(request.id, attempt),
        program,
        arguments,
        working_directory,
        environment: variables(controller, request, &spec)?,
        prelude: prelude(server, request, &spec),
        output_cap_bytes: limits.output.bytes(),
        line_cap_bytes: u32::try_from(limits.line.bytes()).unwrap_or(u32::MAX),
        processes_max: limits.processes,
        kill_grace_ms: grace(server.options.kill_grace.get()),
        stop_grace_ms: grace(server.options.kill_grace.get()),
        message_socket: socket_name(&token),
        token,
        is_stopped_for_debugger: request.start_kind == "debug",
        masks: Vec::new(),
        open_files_max: controller.open_files_max,
        umask: None,
        is_synced: false,
    })
}

/// A name that nobody can guess, and so take, before the runner has it; it tells nothing about the token.
fn socket_name(token: &str) -> String {
    let digest = crate::hex::hex(&Sha256::digest(token.as_bytes()));
    format!("@ringmaster-{}", &digest[..32])
}

/// Program and arguments: those of the definition, then those of the request.
fn command(
    server: &Server,
    request: &Request,
    spec: &Spec,
) -> anyhow::Result<(String, Vec<String>)> {
    let mut arguments = spec.arguments.clone();
    match request.kind.as_str() {
        "script" => {
            arguments.extend(spec.script_parameters.iter().cloned());
            let command = server.options.interpreters()?.command(&spec.file, &arguments);
            Ok((command.program, command.arguments))
        }
        "report" => {
            arguments.push(format!("/R:{}", request.id));
            arguments.push("/USEWORKINGDIR".to_owned());
            Ok((spec.file.clone(), arguments))
        }
        _ => {
            arguments.extend(spec.script_parameters.iter().cloned());
            Ok((spec.file.clone(), arguments))
        }
    }
}

fn variables(
    controller: &Controller,
    request: &Request,
    spec: &Spec,
) -> anyhow::Result<Vec<(String, String)>> {
    let server = &controller.server;
    let catalog = server.catalog.get();
    let application = catalog.application_by_id(request.application_id).ok_or_else(|| {
        anyhow::anyhow!("application {} does not exist any more", request.application_id)
    })?;
    let settings: std::collections::BTreeMap<String, String> =
        serde_json::from_str(&application.settings).unwrap_or_default();
    let queue =
        catalog.queue_by_id(request.queue_id).map(|queue| queue.name.clone()).unwrap_or_default();
    let kind = match request.kind.as_str() {
        "script" => JobKind::Script,
        "report" => JobKind::Report,
        _ => JobKind::Executable,
    };
    let recovers = request.start_kind == "recover";
    let database = server.options.database_of(&application.name);
    let password = database.map(ApplicationDatabase::password).transpose()?.flatten();
    let mut variables = environment(&JobFacts {
        host: Host::current(),
        kind,
        request_id: request.id,
        batch_id: request.batch(),
        job_id: request.job_id,
        job_name: Some(&request.job_name),
        application: &application.name,
        script_name: (request.kind == "script").then_some(spec.shown_as.as_str()),
        queue: &queue,
        station: &request.station,
        submit_user: &request.submit_user,
        run_as: &request.run_as,
        critical_point: recovers.then(|| request.critical_data.as_deref().unwrap_or_default()),
        parameters: &spec.parameters(),
        database: database.map(|database| Database {
            server: &database.server,
            name: &database.name,
            user: &database.user,
            password: password.as_ref().map(Secret::expose),
        }),
        application_variables: &settings.into_iter().collect::<Vec<_>>(),
        server_variables: &controller.environment,
        inherited_names: &server.options.environment_pass_through,
    });
    add_to_path(&mut variables, &controller.programs);
    variables.push(("AMTJOB_SERVER".to_owned(), controller.job_socket.clone()));
    Ok(variables)
}

/// Jobs find `amtjob` wherever the server's programs are; what the site has on its path comes first.
fn add_to_path(variables: &mut Vec<(String, String)>, programs: &Path) {
    let programs = programs.to_string_lossy();
    match variables.iter_mut().find(|(name, _)| name == "PATH") {
        Some((_, path)) if path.is_empty() => path.push_str(&programs),
        Some((_, path)) if path.split(':').any(|folder| folder == programs) => {}
        Some((_, path)) => {
            path.push(':');
            path.push_str(&programs);
        }
        None => {
            variables.push(("PATH".to_owned(), format!("/usr/local/bin:/usr/bin:/bin:{programs}")));
        }
    }
}

/// The first line of a report's log; scripts and executables have none.
fn prelude(server: &Server, request: &Request, spec: &Spec) -> Vec<String> {
    if request.kind != "report" {
        return Vec::new();
    }
    let start = ReportStart {
        revision: if spec.revision.is_empty() { "1.0" } else { &spec.revision },
        version: server.options.runtime_version(),
        is_loaded_in_controller: request.parent_id.is_none(),
        request_id: request.id,
    };
    vec![start.line()]
}
