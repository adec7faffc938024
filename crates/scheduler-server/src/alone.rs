//! One process of a name for each scheduler on a machine: a data folder that was copied, lock and all, is no second scheduler. It would
//! run every job once more, and end those of the first one as if they were left over.

use scheduler_store::server_state;
use sql::Db;

use crate::options::Options;
use crate::upkeep::Refused;

/// Keeps others of the same name out as long as it lives; the system lets go of it, however the process ends.
#[must_use]
pub(crate) struct Alone {
    #[cfg(target_os = "linux")]
    _name: std::os::unix::net::UnixListener,
}

/// Takes the name of this scheduler on this machine. Other systems than Linux have no such names.
///
/// # Errors
/// [`Refused`] where another process has it, or the database could not be read.
pub(crate) async fn alone(db: &Db, options: &Options) -> anyhow::Result<Alone> {
    let state = db.read(|tx| Box::pin(async move { server_state::read(tx).await })).await?;
    take(&state.instance, options)
}

#[cfg(target_os = "linux")]
fn take(instance: &str, options: &Options) -> anyhow::Result<Alone> {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::{SocketAddr, UnixListener};

    use anyhow::Context as _;

    let name = format!("ringmaster/{instance}/{}", options.name);
    let address = SocketAddr::from_abstract_name(name.as_bytes()).context("naming the process")?;
    match UnixListener::bind_addr(&address) {
        Ok(listener) => Ok(Alone { _name: listener }),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Err(Refused::new(format!(
                "a process on this machine is this scheduler already: the data folder {}, or its database, is a copy of what that one \
                 works with, and two of them would run every job twice; end the other one first, or begin with a folder of its own",
                options.data_dir.display()
            ))
            .into())
        }
        Err(error) => Err(error).context("naming the process"),
    }
}

#[cfg(not(target_os = "linux"))]
fn take(_: &str, _: &Options) -> anyhow::Result<Alone> {
    Ok(Alone {})
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_scheduler_is_had_by_one_process_at_a_time() {
        let of = |name: &str| Options { name: name.to_owned(), ..Options::default() };
        let instance = format!("test-{}", std::process::id());
        let first = take(&instance, &of("main")).unwrap();
        let refused = take(&instance, &of("main")).err().unwrap();
        assert!(refused.is::<Refused>() && refused.to_string().contains("is a copy"), "{refused}");
        let _others =
            (take(&instance, &of("other")).unwrap(), take("another", &of("main")).unwrap());
        drop(first);
        assert!(take(&instance, &of("main")).is_ok());
    }
}
