//! An address that stays while the server behind it is killed and comes back on another port.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Passes connections on to a server. Dropping it ends the address.
#[derive(Debug)]
pub struct Front {
    /// Such as `http://127.0.0.1:40123`.
    pub base: String,
    server: Arc<Mutex<String>>,
    task: JoinHandle<()>,
}

impl Front {
    /// An address for the server at `base`.
    pub async fn of(base: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = format!("http://{}", listener.local_addr().unwrap());
        let server = Arc::new(Mutex::new(String::new()));
        let task = tokio::spawn(pass_on(listener, Arc::clone(&server)));
        let front = Self { base: own, server, task };
        front.lead_to(base);
        front
    }

    /// From now on connections go to the server at `base`.
    pub fn lead_to(&self, base: &str) {
        let address = base.trim_start_matches("http://").to_owned();
        *self.server.lock().unwrap_or_else(PoisonError::into_inner) = address;
    }
}

async fn pass_on(listener: TcpListener, server: Arc<Mutex<String>>) {
    while let Ok((mut caller, _)) = listener.accept().await {
        let address = server.lock().unwrap_or_else(PoisonError::into_inner).clone();
        tokio::spawn(async move {
            // Nobody there: the caller sees its connection closed.
            let Ok(mut server) = TcpStream::connect(address).await else { return };
            let _ = tokio::io::copy_bidirectional(&mut caller, &mut server).await;
        });
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}
