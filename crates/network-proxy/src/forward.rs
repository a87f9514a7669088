//! The HTTP side: `CONNECT` tunnels, and plain requests passed on one a connection.
//! Invariant: a connection carries what was judged and nothing behind it: a second request is never passed on.

use std::io;
use std::time::Duration;

use codex_execpolicy::NetworkProtocol;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::connection::Common;
use crate::dial::DialError;
use crate::framing::Framing;
use crate::http_head::{Asked, Forward, parse_answer, parse_request, read_head};
use crate::target::Authority;
use crate::{Access, Intent, refusal, tunnel};

/// How long a client may take for its head.
const HEAD_WAIT_MAX: Duration = Duration::from_secs(30);
/// How long telling a client off may take.
const TELL_WAIT_MAX: Duration = Duration::from_secs(2);
const BUFFER_BYTES: usize = 32 * 1024;

/// Serves one connection of a client.
pub(crate) async fn serve(mut client: TcpStream, common: Common) -> io::Result<()> {
    let mut rest = Vec::new();
    let head = match timeout(HEAD_WAIT_MAX, read_head(&mut client, &mut rest)).await {
        Ok(Ok(Some(head))) => head,
        Ok(Ok(None)) | Err(_) => return Ok(()),
        Ok(Err(error)) => return tell(&mut client, &refusal::bad_request(&error.to_string())).await,
    };
    let told = match parse_request(&head) {
        Ok(Asked::Tunnel(authority)) => match open_tunnel(&mut client, authority, &common).await? {
            Some(host) => return tunnel::carry(client, host, &rest).await,
            None => Ok(()),
        },
        Ok(Asked::Forward(forward)) => serve_forward(&mut client, forward, rest, &common).await,
        Err(reason) => tell(&mut client, &refusal::bad_request(reason)).await,
    };
    linger(&mut client).await;
    told
}

/// Connects a client; `None` when it has been told that it is not.
async fn open_tunnel(
    client: &mut TcpStream,
    authority: Authority,
    common: &Common,
) -> io::Result<Option<TcpStream>> {
    let access = access(authority, NetworkProtocol::Https, Intent::Unseen);
    match common.connect(&access).await {
        Ok((host, _)) => {
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
            Ok(Some(host))
        }
        Err(error) => tell_why(client, &access, error, common).await.map(|()| None),
    }
}

async fn serve_forward(
    client: &mut TcpStream,
    forward: Forward,
    rest: Vec<u8>,
    common: &Common,
) -> io::Result<()> {
    let access = access(forward.authority, NetworkProtocol::Http, forward.intent);
    let mut host = match common.connect(&access).await {
        Ok((host, _)) => host,
        Err(error) => return tell_why(client, &access, error, common).await,
    };
    host.write_all(forward.head.as_bytes()).await?;
    match exchange(client, &mut host, (forward.body, rest), forward.is_head).await {
        Ok(()) => Ok(()),
        Err(Failed::Unanswered(reason)) => tell(client, &refusal::bad_gateway(&reason)).await,
        Err(Failed::Halfway(error)) => Err(error),
    }
}

/// Passes the body on and the answer back, both at once: a host may answer before it has read all, and its answer ends
/// the exchange.
async fn exchange(
    client: &mut TcpStream,
    host: &mut TcpStream,
    (body, first): (Framing, Vec<u8>),
    is_head: bool,
) -> Result<(), Failed> {
    let (mut client_in, mut client_out) = client.split();
    let (mut host_in, mut host_out) = host.split();
    let request = copy_body(&mut client_in, &mut host_out, body, first);
    let answer = pass_answer(&mut host_in, &mut client_out, is_head);
    tokio::pin!(request, answer);
    let mut sending = true;
    loop {
        tokio::select! {
            done = &mut answer => return done,
            done = &mut request, if sending => match done {
                // What the client wrote cannot be read; the host must not be left with half of it and wait.
                Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(Failed::Halfway(error)),
                // A host that does not read any more may still have said why.
                Ok(()) | Err(_) => sending = false,
            },
        }
    }
}

fn access(authority: Authority, protocol: NetworkProtocol, intent: Intent) -> Access {
    Access { host: authority.host, port: authority.port, protocol, intent }
}

async fn tell_why(
    client: &mut TcpStream,
    access: &Access,
    error: DialError,
    common: &Common,
) -> io::Result<()> {
    match error {
        DialError::Blocked(reason) => {
            let told = tell(client, &refusal::blocked(access, reason)).await;
            common.told().await;
            told
        }
        error => tell(client, &refusal::bad_gateway(&error.to_string())).await,
    }
}

/// Sends a last answer.
async fn tell(client: &mut TcpStream, text: &str) -> io::Result<()> {
    let send = async {
        client.write_all(text.as_bytes()).await?;
        client.shutdown().await
    };
    timeout(TELL_WAIT_MAX, send).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Reads what a client still sends: closing on unread bytes would take the answer away from it.
async fn linger(client: &mut TcpStream) {
    let _ = timeout(TELL_WAIT_MAX, tokio::io::copy(client, &mut tokio::io::sink())).await;
}

/// How an exchange failed.
enum Failed {
    /// Before the client was sent anything.
    Unanswered(String),
    /// In the middle.
    Halfway(io::Error),
}

async fn pass_answer(
    host: &mut (impl AsyncRead + Unpin),
    client: &mut (impl AsyncWrite + Unpin),
    is_head: bool,
) -> Result<(), Failed> {
    let mut buffer = Vec::new();
    let mut begun = false;
    loop {
        let failed = |reason: String| match begun {
            false => Failed::Unanswered(reason),
            true => Failed::Halfway(io::Error::other(reason)),
        };
        let head = match read_head(host, &mut buffer).await {
            Ok(Some(head)) => head,
            Ok(None) => return Err(failed("the host closed the connection without an answer".to_owned())),
            Err(error) => return Err(failed(format!("the host's answer cannot be read: {error}"))),
        };
        let answer = parse_answer(&head, is_head).map_err(|reason| failed(reason.to_owned()))?;
        client.write_all(answer.head.as_bytes()).await.map_err(Failed::Halfway)?;
        begun = true;
        if !answer.interim {
            copy_body(host, client, answer.body, buffer).await.map_err(Failed::Halfway)?;
            return client.shutdown().await.map_err(Failed::Halfway);
        }
    }
}

/// Copies a body to its end and not a byte further; `first` has already been read.
async fn copy_body(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    mut framing: Framing,
    first: Vec<u8>,
) -> io::Result<()> {
    let mut buffer = first;
    let mut filled = buffer.len();
    loop {
        let taken = framing.take(&buffer[..filled]).map_err(|_| {
            io::Error::new(io::ErrorKind::InvalidData, "the chunks of the body are not valid")
        })?;
        to.write_all(&buffer[..taken]).await?;
        if framing.is_done() {
            return to.flush().await;
        }
        buffer.resize(BUFFER_BYTES, 0);
        filled = from.read(&mut buffer).await?;
        if filled == 0 {
            return match framing {
                Framing::UntilClose => to.flush().await,
                _ => Err(io::ErrorKind::UnexpectedEof.into()),
            };
        }
    }
}
