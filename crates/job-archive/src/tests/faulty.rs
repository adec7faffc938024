//! A store in memory whose operations fail when they are told to.

use std::fmt;
use std::io::ErrorKind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use futures_util::TryStreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt as _, PutMultipartOptions, PutOptions, PutPayload, PutResult,
    Result,
};

/// How an operation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Fault {
    #[default]
    None,
    Full,
    Denied,
    NoBucket,
    Broken,
    Hang,
    /// It has happened, but nobody says so.
    StoredButNoAnswer,
}

/// The store.
#[derive(Debug, Default)]
pub(super) struct Faulty {
    inner: InMemory,
    /// The faults of the next puts.
    puts: Mutex<Vec<Fault>>,
    reads: Mutex<Fault>,
    /// Puts that have begun.
    begun: AtomicUsize,
}

impl Faulty {
    /// The next put fails like this.
    pub(super) fn next_put(&self, fault: Fault) {
        self.put_after(0, fault);
    }

    /// The put after the next `puts` fails like this, and no other that was not told to before.
    pub(super) fn put_after(&self, puts: usize, fault: Fault) {
        let mut faults = self.puts.lock().unwrap_or_else(PoisonError::into_inner);
        faults.resize(puts, Fault::None);
        faults.push(fault);
        self.begun.store(0, Ordering::SeqCst);
    }

    /// Every read fails like this.
    pub(super) fn reads(&self, fault: Fault) {
        *self.reads.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// Somebody puts an empty store in its place.
    pub(super) async fn empty(&self) {
        let all: Vec<_> =
            self.inner.list(None).map_ok(|meta| meta.location).try_collect().await.expect("listed");
        for path in all {
            self.inner.delete(&path).await.expect("deleted");
        }
    }

    /// Waits until so many puts have begun since they were last told to fail.
    pub(super) async fn until_puts(&self, count: usize) {
        while self.begun.load(Ordering::SeqCst) < count {
            tokio::task::yield_now().await;
        }
    }
}

/// The answer to an operation that fails.
async fn fail(fault: Fault) -> Result<()> {
    let system = |kind: ErrorKind| Error::Generic {
        store: "faulty",
        source: Box::new(std::io::Error::from(kind)),
    };
    match fault {
        Fault::None => Ok(()),
        Fault::Full => Err(system(ErrorKind::StorageFull)),
        Fault::Denied => {
            let source = "<Code>AccessDenied</Code>".into();
            Err(Error::PermissionDenied { path: "x".to_owned(), source })
        }
        Fault::NoBucket => {
            let source = "<Code>NoSuchBucket</Code>".into();
            Err(Error::NotFound { path: "x".to_owned(), source })
        }
        Fault::Broken | Fault::StoredButNoAnswer => Err(system(ErrorKind::ConnectionReset)),
        Fault::Hang => std::future::pending().await,
    }
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("faulty")
    }
}

type Boxed<'a, T> = BoxFuture<'a, Result<T>>;

// What the attribute of the crate `async_trait` would write.
impl ObjectStore for Faulty {
    fn put_opts<'a, 'b, 'r>(
        &'a self,
        location: &'b Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Boxed<'r, PutResult>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        Box::pin(async move {
            let fault = {
                let mut faults = self.puts.lock().unwrap_or_else(PoisonError::into_inner);
                if faults.is_empty() { Fault::None } else { faults.remove(0) }
            };
            self.begun.fetch_add(1, Ordering::SeqCst);
            if fault != Fault::StoredButNoAnswer {
                fail(fault).await?;
            }
            let result = self.inner.put_opts(location, payload, options).await?;
            fail(fault).await?;
            Ok(result)
        })
    }

    fn put_multipart_opts<'a, 'b, 'r>(
        &'a self,
        location: &'b Path,
        options: PutMultipartOptions,
    ) -> Boxed<'r, Box<dyn MultipartUpload>>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        self.inner.put_multipart_opts(location, options)
    }

    fn get_opts<'a, 'b, 'r>(
        &'a self,
        location: &'b Path,
        options: GetOptions,
    ) -> Boxed<'r, GetResult>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        Box::pin(async move {
            let fault = *self.reads.lock().unwrap_or_else(PoisonError::into_inner);
            fail(fault).await?;
            self.inner.get_opts(location, options).await
        })
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    fn list_with_delimiter<'a, 'b, 'r>(&'a self, prefix: Option<&'b Path>) -> Boxed<'r, ListResult>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        self.inner.list_with_delimiter(prefix)
    }

    fn copy_opts<'a, 'b, 'c, 'r>(
        &'a self,
        from: &'b Path,
        to: &'c Path,
        options: CopyOptions,
    ) -> Boxed<'r, ()>
    where
        'a: 'r,
        'b: 'r,
        'c: 'r,
        Self: 'r,
    {
        self.inner.copy_opts(from, to, options)
    }
}
