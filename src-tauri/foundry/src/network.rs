//! How requests leave this machine: through which proxy, trusting whom, and showing what.

mod certificate;
mod desktop;
mod proxy;
mod tls;
mod trouble;

use std::fmt;
use std::sync::Arc;

use url::Url;

pub use certificate::{BadPem, Certificate};
pub use desktop::Desktop;
pub use proxy::{BadProxy, Proxy, ProxyAddress, ProxyScheme, TypedProxy};

pub(crate) use proxy::{Hop, Named, Route};
pub(crate) use tls::{Presented, Tls};
pub(crate) use trouble::{
    Way, failure, failure_on, problem_of, proxy_kind_of, tls_error, unresolved, words_of,
};

use crate::secret::Secret;

/// The way out.
#[derive(Clone, Default)]
pub struct Network {
    /// Through what.
    pub proxy: Proxy,
    /// Certificates (DER) to trust besides the system's.
    pub roots: Vec<Vec<u8>>,
    /// A PEM text with the certificate that this machine shows, those that signed it, and its
    /// private key.
    pub identity: Option<Arc<Secret>>,
    /// What the desktop said about its proxy.
    pub desktop: Desktop,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("proxy", &self.proxy)
            .field("roots", &self.roots.len())
            .field("identity", &self.identity)
            .finish()
    }
}

/// Why there is no such way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadNetwork {
    /// One of [`Network::roots`] is no certificate.
    #[error("a certificate that is to be trusted cannot be read")]
    Root,
    /// [`Network::identity`] cannot be used.
    #[error("the client certificate cannot be used: {0}")]
    Identity(BadPem),
    /// TLS cannot be set up; the text is the library's.
    #[error("tls cannot be set up: {0}")]
    Tls(String),
}

impl Network {
    /// Tries to set the way out up, without sending anything.
    ///
    /// # Errors
    ///
    /// When a certificate or a key cannot be used.
    pub fn check(&self) -> Result<(), BadNetwork> {
        Tls::new(self).map(|_| ())
    }

    /// The proxy that the environment, the system or the desktop names for `url`, without user
    /// and password, whether this way out uses it or not. Waits for nobody: the desktop's word is
    /// the last that it gave, be it to a request or to [`Network::ask_system_proxy`].
    #[must_use]
    pub fn system_proxy(&self, url: &str) -> Option<String> {
        Route::of(&Proxy::System, &self.desktop)
            .to(url)
            .map(|hop| hop.shown())
    }

    /// The same, after asking the desktop, which has a few seconds to answer.
    pub async fn ask_system_proxy(&self, url: &str) -> Option<String> {
        let route = Route::of(&Proxy::System, &self.desktop);
        if let Ok(url) = Url::parse(url) {
            route.settle(&url).await;
        }
        route.to(url).map(|hop| hop.shown())
    }
}
