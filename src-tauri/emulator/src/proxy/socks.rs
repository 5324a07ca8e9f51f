//! SOCKS5 (RFC 1928), with user names and passwords (RFC 1929).

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;

use super::Rules;
use super::http::ended;
use crate::accepting::Line;

const GREETING_WITHIN: Duration = Duration::from_secs(60);
const VERSION: u8 = 5;
const NO_PASSWORD: u8 = 0;
const PASSWORD: u8 = 2;
const NONE_ACCEPTABLE: u8 = 0xFF;

/// The second byte of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reply {
    Succeeded = 0,
    NotAllowed = 2,
    HostUnreachable = 4,
    Refused = 5,
    CommandUnknown = 7,
    AddressUnknown = 8,
}

/// Serves a connection to the proxy.
pub(crate) async fn serve(mut line: Line, rules: &Rules) {
    let greeting = tokio::time::timeout(GREETING_WITHIN, greet(&mut line, rules));
    let mut far = match greeting.await {
        Ok(Ok(Some(far))) => far,
        Ok(Ok(None)) | Err(_) => return,
        Ok(Err(error)) => {
            tracing::debug!(%error, "a client of SOCKS left early");
            return;
        }
    };
    ended(copy_bidirectional(&mut line, &mut far).await);
}

/// Everything before the bytes of others; none when there is nothing to pass on.
async fn greet(line: &mut Line, rules: &Rules) -> io::Result<Option<TcpStream>> {
    if !authenticated(line, rules).await? {
        return Ok(None);
    }
    let mut head = [0; 4];
    line.read_exact(&mut head).await?;
    let [version, command, _, kind] = head;
    if version != VERSION {
        return Ok(None);
    }
    let host = match kind {
        1 => {
            let mut address = [0; 4];
            line.read_exact(&mut address).await?;
            Ipv4Addr::from(address).to_string()
        }
        3 => text(line).await?,
        4 => {
            let mut address = [0; 16];
            line.read_exact(&mut address).await?;
            Ipv6Addr::from(address).to_string()
        }
        _ => {
            reply(line, Reply::AddressUnknown).await?;
            return Ok(None);
        }
    };
    let port = line.read_u16().await?;
    let at = rules.log.add(&format!("{host}:{port}"), true);
    let (answer, far) = match (command, rules.refusing, rules.names.find(&host, port)) {
        (1, None, Some(address)) => match TcpStream::connect(address).await {
            Ok(far) => (Reply::Succeeded, Some(far)),
            Err(_) => (Reply::Refused, None),
        },
        (1, None, None) => (Reply::HostUnreachable, None),
        (1, Some(_), _) => (Reply::NotAllowed, None),
        _ => (Reply::CommandUnknown, None),
    };
    reply(line, answer).await?;
    if let Some(far) = &far {
        rules.log.reached(at);
        far.set_nodelay(true)?;
    }
    Ok(far)
}

/// Agrees on a method and checks the password.
async fn authenticated(line: &mut Line, rules: &Rules) -> io::Result<bool> {
    let version = line.read_u8().await?;
    let count = line.read_u8().await?;
    let mut offered = vec![0; usize::from(count)];
    line.read_exact(&mut offered).await?;
    let wanted = match rules.password {
        None => NO_PASSWORD,
        Some(_) => PASSWORD,
    };
    if version != VERSION || !offered.contains(&wanted) {
        if rules.password.is_some() {
            rules.log.add("", false);
        }
        line.write_all(&[VERSION, NONE_ACCEPTABLE]).await?;
        return Ok(false);
    }
    line.write_all(&[VERSION, wanted]).await?;
    let Some((user, password)) = &rules.password else {
        return Ok(true);
    };
    let sub = line.read_u8().await?;
    let given = (text(line).await?, text(line).await?);
    let right = sub == 1 && given.0 == *user && given.1 == *password;
    if !right {
        rules.log.add("", false);
    }
    line.write_all(&[1, u8::from(!right)]).await?;
    Ok(right)
}

/// A text with its length in front.
async fn text(line: &mut Line) -> io::Result<String> {
    let length = line.read_u8().await?;
    let mut bytes = vec![0; usize::from(length)];
    line.read_exact(&mut bytes).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

async fn reply(line: &mut Line, reply: Reply) -> io::Result<()> {
    // The address that was bound is of no use to anybody: 0.0.0.0:0.
    let bytes = [VERSION, reply as u8, 0, 1, 0, 0, 0, 0, 0, 0];
    line.write_all(&bytes).await
}
