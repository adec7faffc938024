//! `cargo xtask demo`: the whole system. A batch server with the application DEMO2 and a scheduler, some jobs run through the
//! connector as an older scheduler would, and a business day.
//!
//! [`world`] starts everything, [`connector`] runs `amt`, [`tour`] and [`day`] are what is shown, [`scheduler`] runs the scheduler's
//! commands, [`center`] is the operator and [`leftovers`] sees to it that no job outlives the demo.

mod center;
mod connector;
mod day;
mod leftovers;
mod scheduler;
mod tour;
mod world;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};

pub(crate) use connector::{configuration, write_private};
pub(crate) use world::{Plan, USER, World};

use crate::project::Project;
use crate::{interrupt, process, setup};

/// The options of `cargo xtask demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Exit when the day is over, instead of leaving the servers running until Ctrl-C
    #[arg(long)]
    once: bool,
    /// Port of the batch server on 127.0.0.1; without it a free one
    #[arg(long)]
    port: Option<u16>,
    /// Folder for everything the demo writes, empty or missing, and left there at the end; without it a private one
    /// below .demo that is removed
    #[arg(long)]
    data: Option<PathBuf>,
    /// Leave the private folder there at the end
    #[arg(long)]
    keep: bool,
    /// Build and run the optimised programs
    #[arg(long)]
    release: bool,
}

/// The command.
///
/// # Errors
/// When something cannot be set up, built or started, or when a job does not end as it should.
pub(crate) fn run(options: &Options) -> Result<()> {
    setup::for_demo()?;
    let project = Project::find()?;
    project.build(options.release).context("while building the programs")?;
    let port = world::free_port(options.port)?;
    let folder = Folder::choose(&project, options)?;
    let plan = Plan {
        programs: project.programs(options.release),
        folder: folder.path.clone(),
        port,
        step_seconds: "0.1",
        has_scheduler: true,
    };
    let mut world = World::start(&project, &plan)?;
    let result = tour::run(&world).and_then(|()| day::run(&mut world));
    if result.is_ok() {
        if options.once {
            println!(
                "\nWithout --once the servers go on running for you to try. Guides: docs/guide/"
            );
        } else {
            world.say_where_to_look(&plan.programs);
            stay(&mut world, folder.is_removed)?;
        }
    } else {
        world.show_server_log();
    }
    world.end();
    folder.end(result.is_err());
    result
}

/// Leaves the servers running until the user has seen enough.
fn stay(world: &mut World, is_removed: bool) -> Result<()> {
    let then = if is_removed { " These files are then removed; --keep leaves them." } else { "" };
    println!("\nThe servers go on running. End them with Ctrl-C.{then}");
    while !interrupt::is_asked() {
        world.check_server()?;
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

/// Where the demo writes.
struct Folder {
    path: PathBuf,
    is_removed: bool,
}

impl Folder {
    fn choose(project: &Project, options: &Options) -> Result<Self> {
        let (path, is_removed) = if let Some(path) = &options.data {
            (std::path::absolute(path)?, false)
        } else {
            let name = std::process::id().to_string();
            (project.root.join(".demo").join(name), !options.keep)
        };
        let is_used = std::fs::read_dir(&path).is_ok_and(|mut entries| entries.next().is_some());
        if is_used {
            anyhow::bail!("{} is not empty; name another folder with --data", path.display());
        }
        std::fs::create_dir_all(&path)
            .with_context(|| format!("while creating {}", path.display()))?;
        Ok(Self { path, is_removed })
    }

    /// What a failed demo wrote is worth a look.
    fn end(&self, has_failed: bool) {
        if self.is_removed && !has_failed {
            if let Err(error) = std::fs::remove_dir_all(&self.path) {
                eprintln!("cannot remove {}: {error}", self.path.display());
            }
            // Only when no other demo uses it.
            let _ = self.path.parent().map(std::fs::remove_dir);
        } else {
            println!("Everything the demo wrote is in {}", self.path.display());
        }
    }
}

/// A password for one run.
fn random_password() -> Result<String> {
    use std::fmt::Write as _;
    use std::io::Read as _;
    let mut bytes = [0_u8; 16];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("while reading random numbers")?;
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}

/// Waits for something the batch server does by itself.
fn wait_until(what: &str, is_so: impl FnMut() -> Result<bool>) -> Result<()> {
    process::wait_until(what, Duration::from_mins(1), is_so)
}
