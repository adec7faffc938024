//! Who listens at the other end of a socket. Every user of the machine can take the name of an abstract socket while its
//! owner is away, and would be told the tokens of jobs.

use std::io;
use std::os::unix::net::UnixStream;

use nix::sys::socket::getsockopt;
use nix::sys::socket::sockopt::PeerCredentials;
use nix::unistd::Uid;

/// Refuses a partner that belongs to another user than root or the job's own. Nothing has been sent by then.
///
/// # Errors
/// `PermissionDenied`, with both users.
pub(crate) fn check(stream: &UnixStream) -> io::Result<()> {
    let peer = Uid::from_raw(getsockopt(stream, PeerCredentials)?.uid());
    let own = Uid::effective();
    if is_trusted(peer, own) {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!(
            "its socket belongs to user id {peer} and not to root or this job's user id {own}, so nothing was sent; see \
             which process has taken its name"
        ),
    ))
}

/// Root may give this job orders anyway, its own user too, and a job of root trusts what it is given.
fn is_trusted(peer: Uid, own: Uid) -> bool {
    peer.is_root() || peer == own || own.is_root()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn another_user_is_not_trusted() {
        let [root, own, other] = [0, 1000, 1001].map(Uid::from_raw);
        assert!(is_trusted(own, own) && is_trusted(root, own) && is_trusted(other, root));
        assert!(!is_trusted(other, own));
    }

    #[test]
    fn the_own_user_is_found_at_the_other_end() {
        let (stream, _other) = UnixStream::pair().unwrap();
        check(&stream).unwrap();
        let peer = getsockopt(&stream, PeerCredentials).unwrap().uid();
        assert_eq!(peer, Uid::effective().as_raw());
    }
}
