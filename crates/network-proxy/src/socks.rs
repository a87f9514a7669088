//! The SOCKS5 side (RFC 1928): no authentication, `CONNECT`, and `UDP ASSOCIATE` where datagrams are switched on.
//! Invariant: a host that is no host name is refused before anyone compares or resolves it (threat 20).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use codex_execpolicy::{HostName, NetworkProtocol};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::connection::Common;
use crate::datagrams::Relay;
use crate::dial::DialError;
use crate::target::Authority;
use crate::{Access, Intent, tunnel};

/// How long a client may take to say what it wants.
const HANDSHAKE_WAIT_MAX: Duration = Duration::from_secs(30);

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const NO_METHOD: u8 = 0xff;

/// Answers to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Reply {
    Succeeded = 0,
    Failure = 1,
    NotAllowed = 2,
    HostUnreachable = 4,
    Refused = 5,
    CommandUnknown = 7,
    AddressUnknown = 8,
}

/// What a client wants.
#[derive(Debug, PartialEq)]
enum Wish {
    Connect(Authority),
    Associate,
}

/// Serves one connection of a client. `relay` is there when datagrams are switched on.
pub(crate) async fn serve(mut client: TcpStream, common: Common, relay: Option<Relay>) -> io::Result<()> {
    let wish = match timeout(HANDSHAKE_WAIT_MAX, handshake(&mut client)).await {
        Ok(wish) => wish?,
        Err(_) => return Ok(()),
    };
    match (wish, relay) {
        (Err(reply), _) => answer(&mut client, reply, None).await,
        (Ok(Wish::Associate), None) => answer(&mut client, Reply::CommandUnknown, None).await,
        (Ok(Wish::Associate), Some(relay)) => {
            let association = relay.associate();
            answer(&mut client, Reply::Succeeded, Some(association.address())).await?;
            // The association lasts as long as its connection.
            tokio::io::copy(&mut client, &mut tokio::io::sink()).await?;
            drop(association);
            Ok(())
        }
        (Ok(Wish::Connect(authority)), _) => connect(client, authority, &common).await,
    }
}

async fn connect(mut client: TcpStream, authority: Authority, common: &Common) -> io::Result<()> {
    let access = Access {
        host: authority.host,
        port: authority.port,
        protocol: NetworkProtocol::Socks5Tcp,
        intent: Intent::Unseen,
    };
    let reply = match common.connect(&access).await {
        Ok((host, _)) => {
            answer(&mut client, Reply::Succeeded, None).await?;
            return tunnel::carry(client, host, &[]).await;
        }
        Err(DialError::Blocked(_)) => {
            let told = answer(&mut client, Reply::NotAllowed, None).await;
            common.told().await;
            return told;
        }
        Err(DialError::Unreachable(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
            Reply::Refused
        }
        Err(DialError::Unknown(_) | DialError::Unreachable(_)) => Reply::HostUnreachable,
    };
    answer(&mut client, reply, None).await
}

/// Reads greeting and request. The outer error is a client that is gone or speaks something else.
async fn handshake(client: &mut TcpStream) -> io::Result<Result<Wish, Reply>> {
    let [version, methods] = read(client).await?;
    if version != VERSION {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut offered = vec![0; usize::from(methods)];
    client.read_exact(&mut offered).await?;
    if !offered.contains(&NO_AUTHENTICATION) {
        client.write_all(&[VERSION, NO_METHOD]).await?;
        return Err(io::ErrorKind::InvalidData.into());
    }
    client.write_all(&[VERSION, NO_AUTHENTICATION]).await?;
    let [version, command, reserved] = read(client).await?;
    if version != VERSION || reserved != 0 {
        return Ok(Err(Reply::Failure));
    }
    let target = read_target(client).await?;
    Ok(match (command, target) {
        (1, Some(target)) => Ok(Wish::Connect(target)),
        // The address a client will send from, which most do not know: it is learnt from what arrives.
        (3, _) => Ok(Wish::Associate),
        (1, None) => Err(Reply::AddressUnknown),
        _ => Err(Reply::CommandUnknown),
    })
}

/// Reads an address and a port; `None` for one that is no host.
pub(crate) async fn read_target(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Authority>> {
    let [kind] = read(stream).await?;
    let host = match kind {
        1 => Some(address(IpAddr::from(Ipv4Addr::from(read::<4>(stream).await?)))),
        4 => Some(address(IpAddr::from(Ipv6Addr::from(read::<16>(stream).await?)))),
        3 => {
            let [length] = read(stream).await?;
            let mut name = vec![0; usize::from(length)];
            stream.read_exact(&mut name).await?;
            std::str::from_utf8(&name).ok().and_then(|name| HostName::parse(name).ok())
        }
        _ => return Ok(None),
    };
    let port = u16::from_be_bytes(read(stream).await?);
    Ok(host.filter(|_| port > 0).map(|host| Authority { host, port }))
}

fn address(address: IpAddr) -> HostName {
    HostName::Address(address.to_canonical())
}

async fn read<const N: usize>(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

/// The bytes of an address and a port.
pub(crate) fn target_bytes(target: &Authority) -> Vec<u8> {
    let mut bytes = match &target.host {
        HostName::Address(IpAddr::V4(address)) => [&[1][..], &address.octets()].concat(),
        HostName::Address(IpAddr::V6(address)) => [&[4][..], &address.octets()].concat(),
        // A host name is never longer than 253 bytes.
        HostName::Name(name) => [&[3, u8::try_from(name.len()).unwrap_or(u8::MAX)], name.as_bytes()].concat(),
    };
    bytes.extend(target.port.to_be_bytes());
    bytes
}

async fn answer(client: &mut TcpStream, reply: Reply, bound: Option<SocketAddr>) -> io::Result<()> {
    let bound = bound.unwrap_or(SocketAddr::from(([0, 0, 0, 0], 0)));
    let target = Authority { host: HostName::Address(bound.ip()), port: bound.port() };
    client.write_all(&[&[VERSION, reply as u8, 0], target_bytes(&target).as_slice()].concat()).await
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    async fn target(bytes: &[u8]) -> io::Result<Option<Authority>> {
        read_target(&mut &bytes[..]).await
    }

    fn named(name: &[u8]) -> Vec<u8> {
        [&[3, u8::try_from(name.len()).unwrap()], name, &443u16.to_be_bytes()].concat()
    }

    // threat 20
    #[tokio::test]
    async fn names_are_host_names_or_nothing() {
        let good = Authority { host: HostName::parse("good.com").unwrap(), port: 443 };
        assert_eq!(target(&named(b"Good.com.")).await.unwrap(), Some(good));
        let mapped = [&[4][..], &Ipv4Addr::LOCALHOST.to_ipv6_mapped().octets(), &[0, 80]].concat();
        let home = Authority { host: HostName::parse("127.0.0.1").unwrap(), port: 80 };
        assert_eq!(target(&mapped).await.unwrap(), Some(home));
        for name in [
            &b"evil\0.good.com"[..],
            b"",
            b"\xff\xfe",
            b"good.com:80",
            b"user@good.com",
            b"127.1",
            b"0x7f000001",
            b"fe80::1%eth0",
            b"a\nb",
            "b\u{fc}cher.example".as_bytes(),
        ] {
            assert_eq!(target(&named(name)).await.unwrap(), None, "{name:?}");
        }
        assert_eq!(target(&[1, 8, 8, 8, 8, 0, 0]).await.unwrap(), None);
        assert_eq!(target(&[2]).await.unwrap(), None);
        assert!(target(&[3, 9, b'a']).await.is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived_and_what_passes_is_stable(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            if let Ok(Some(found)) = runtime.block_on(target(&bytes)) {
                prop_assert_eq!(runtime.block_on(target(&target_bytes(&found))).unwrap(), Some(found));
            }
        }
    }
}
