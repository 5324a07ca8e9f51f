//! `hearth emulator`, without the command line.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

use crate::certificates::Certificates;
use crate::emulator::{Emulator, StartError};
use crate::entra::Entra;
use crate::pour::Pace;

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct CommandOptions {
    /// Where Foundry listens; port 0 picks one.
    pub listen: SocketAddr,
    /// The key that is taken.
    pub key: String,
    /// Fixes ids, texts and where bytes are cut.
    pub seed: u64,
    /// How fast streams run.
    pub pace: Pace,
    /// Over TLS, and with an Entra tenant beside.
    pub tls: bool,
}

/// What `hearth emulator` serves. Dropped, it stops and closes every connection.
pub struct CommandServer {
    emulator: Emulator,
    tenant: Option<(Entra, Certificates)>,
}

impl CommandServer {
    /// Starts what was asked for, within the running tokio runtime.
    ///
    /// # Errors
    /// [`StartError`]: the address is taken, or is not on loopback.
    pub async fn start(options: CommandOptions) -> Result<CommandServer, StartError> {
        // Looked at before binding, so that a wrong address is never open, not even for a moment.
        if !options.listen.ip().is_loopback() {
            return Err(StartError::NotLoopback(options.listen));
        }
        let listener = TcpListener::bind(options.listen).await?;
        let mut builder = Emulator::builder()
            .key(options.key)
            .seed(options.seed)
            .pace(options.pace);
        let mut tenant = None;
        if options.tls {
            let certificates = Certificates::new("Hearth emulator");
            let entra = Entra::builder()
                .certificates(&certificates)
                .listener(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?)
                .start()
                .await?;
            builder = builder.tls(&certificates).entra(&entra);
            tenant = Some((entra, certificates));
        }
        Ok(CommandServer {
            emulator: builder.serve(listener)?,
            tenant,
        })
    }

    /// The resource.
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// The tenant, where TLS was asked for.
    pub fn entra(&self) -> Option<&Entra> {
        self.tenant.as_ref().map(|(entra, _)| entra)
    }

    /// The authority that signs for both, where TLS was asked for.
    pub fn certificates(&self) -> Option<&Certificates> {
        self.tenant.as_ref().map(|(_, certificates)| certificates)
    }

    /// Stops and closes every connection; returns when that is done.
    pub async fn shutdown(self) {
        self.emulator.shutdown().await;
        if let Some((entra, _)) = self.tenant {
            entra.shutdown().await;
        }
    }
}
