//! Whether a command behind the network proxy reaches the proxy and nothing else: the outer half, which listens where
//! nobody should come, and the inner half, which tries to come.
//! Invariant: nothing leaves this machine; who is refused at the start reaches nothing either.

use std::ffi::OsString;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use codex_protocol::{FileAccess, FileRules, NetworkAccess, Permissions};

use crate::certificate::{NETWORK_NAMESPACE, NOTHING, Promise, SECCOMP, limited, try_answers};
use crate::inside::Trials;
use crate::{CertifyError, Claim, CommandSpec, Finding, LocalSockets, ProxyDoors, Rung, SpawnError, Support};

/// The first argument of the probe.
pub(crate) const WORD: &str = "proxied";
/// The proxy's port in the command's own network.
const DOOR: u16 = 3128;
/// How long a connection may take that must not come about.
const PATIENCE: Duration = Duration::from_secs(2);

const CLOSED: &[Promise] = &[
    (
        "behind the network proxy no service of this machine is reached",
        &["proxied-host"],
        NETWORK_NAMESPACE,
        NOTHING,
    ),
    ("behind the network proxy no local socket is reached", &["proxied-socket"], SECCOMP, NOTHING),
];
const OPEN: &[Promise] =
    &[("the network proxy itself is reached", &["proxied-door"], NETWORK_NAMESPACE, NOTHING)];

/// Tries the promises; `scratch` may be filled.
pub(crate) async fn claims(
    probe: &[OsString],
    scratch: &Path,
    support: &Support,
    rung: Rung,
) -> Result<Vec<Claim>, CertifyError> {
    let failed = |source| CertifyError::Scratch { path: scratch.to_path_buf(), source };
    let Strangers { host, _socket, path } = Strangers::listen(scratch).map_err(failed)?;
    let address = host.local_addr().map_err(failed)?;
    let arguments = [WORD.into(), address.to_string().into(), path.into()];
    match try_answers(probe, spec(scratch, rung), arguments).await {
        Ok(answers) => {
            let mut claims = answers.claims(CLOSED, support, rung);
            claims.extend(answers.claims(OPEN, support, rung));
            Ok(claims)
        }
        Err(SpawnError::SandboxUnavailable { reason }) => Ok(refused(&reason)),
        Err(error) => Err(error.into()),
    }
}

/// Where such commands do not start they reach nothing, the proxy included.
fn refused(reason: &str) -> Vec<Claim> {
    let closed = CLOSED.iter().map(|(promise, ..)| Claim {
        promise,
        mechanism: "such commands are refused",
        finding: Finding::Enforced,
    });
    let open = OPEN.iter().map(|(promise, ..)| Claim {
        promise,
        mechanism: NOTHING,
        finding: Finding::NotEnforced(reason.to_owned()),
    });
    closed.chain(open).collect()
}

/// Listeners of this machine that a command must not come to.
struct Strangers {
    host: TcpListener,
    _socket: UnixListener,
    path: PathBuf,
}

impl Strangers {
    fn listen(scratch: &Path) -> io::Result<Self> {
        let path = scratch.join("stranger");
        Ok(Self { host: TcpListener::bind("127.0.0.1:0")?, _socket: UnixListener::bind(&path)?, path })
    }
}

fn spec(scratch: &Path, rung: Rung) -> CommandSpec {
    let mut files = FileRules::default();
    files.add(PathBuf::from("/"), FileAccess::Read);
    let mut spec = limited(scratch, rung, Permissions::Limited { files, network: NetworkAccess::Enabled });
    let local_sockets = LocalSockets::Pairs;
    spec.proxy = Some(ProxyDoors { http: DOOR, socks: None, datagrams: false, local_sockets });
    spec
}

/// The inner half. Arguments: a listener outside by its address, another by its path.
pub(crate) fn look(host: &str, socket: &Path) -> String {
    let mut trials = Trials::new();
    let connect = |address: SocketAddr| TcpStream::connect_timeout(&address, PATIENCE);
    match host.parse() {
        Ok(host) => trials.refused("proxied-host", connect(host)),
        Err(_) => trials.say("proxied-host", Some("the probe was not told where to go")),
    }
    trials.refused("proxied-socket", UnixStream::connect(socket));
    trials.works("proxied-door", connect(SocketAddr::from(([127, 0, 0, 1], DOOR))));
    trials.into_lines()
}
