//! What to start: one value that says everything about a command before it exists.
//! Invariant: nothing is inherited from our own process that is not named here (environment included).

use std::ffi::OsString;
use std::net::{TcpListener, UdpSocket};
use std::path::PathBuf;

use codex_protocol::{Permissions, SandboxPolicy, Surroundings};

/// How the command's standard streams are wired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StdioMode {
    /// A pseudo terminal; stdin can be written (`tools.md §3`).
    Pty {
        /// Height in character cells.
        rows: u16,
        /// Width in character cells.
        cols: u16,
    },
    /// stdout and stderr share one pipe in arrival order; stdin is `/dev/null`.
    Pipes,
    /// Only stdout is kept; stdin and stderr are `/dev/null`.
    StdoutOnly,
    /// Our own three streams, handed through; nothing is collected. The command has no controlling terminal.
    Inherit,
}

impl StdioMode {
    /// The terminal size the reference gives to `tty: true` (`tools.md §3`, T20).
    pub const DEFAULT_PTY: Self = Self::Pty { rows: 24, cols: 80 };
}

/// Which kernel mechanisms may carry a restricted policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Barrier {
    /// The strongest that works: private namespaces of our own, else those of the system's bubblewrap, else Landlock alone.
    #[default]
    Best,
    /// Private namespaces of our own, or nothing runs.
    Namespaces,
    /// The system's bubblewrap, or nothing runs.
    Bubblewrap,
    /// Landlock alone (`features.use_legacy_landlock`): the top level of a writable root is then frozen, see `Support::limits`.
    LandlockOnly,
}

/// Loopback listeners in a network of the command's own: what serves them is all the command can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProxyDoors {
    /// Port of the HTTP proxy, on `127.0.0.1` of the private network.
    pub http: u16,
    /// Port of the SOCKS5 proxy.
    pub socks: Option<u16>,
    /// Whether there is a socket for SOCKS5 datagrams, on a port the kernel picks.
    pub datagrams: bool,
    /// What the command may do with local sockets.
    pub local_sockets: LocalSockets,
}

/// The listeners of a command's own network. Whoever accepts from them serves that command and no other.
#[derive(Debug)]
pub struct OpenDoors {
    /// For HTTP; non-blocking, as all of them.
    pub http: TcpListener,
    /// For SOCKS5.
    pub socks: Option<TcpListener>,
    /// For SOCKS5 datagrams.
    pub datagrams: Option<UdpSocket>,
}

/// Local (Unix domain) sockets beside a proxy. They lead around it: to a container engine, to an agent of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LocalSockets {
    /// Pairs only.
    #[default]
    Pairs,
    /// Any (`dangerously_allow_all_unix_sockets`).
    All,
}

/// A command and the limits it runs under.
#[derive(Debug, Clone)]
pub struct CommandSpec {
    /// Program: a path, or a name looked up in `PATH` of `env`.
    pub program: OsString,
    /// Arguments after the program's own name.
    pub args: Vec<OsString>,
    /// Working folder; it must exist.
    pub cwd: PathBuf,
    /// The complete environment.
    pub env: Vec<(OsString, OsString)>,
    /// What the command may touch.
    pub permissions: Permissions,
    /// Paths that stay read-only inside writable roots, besides the protected names: our own configuration and records.
    pub kept: Vec<PathBuf>,
    /// Standard streams.
    pub stdio: StdioMode,
    /// Mechanisms to use.
    pub barrier: Barrier,
    /// The only way to the network, where a restricted policy has the network on; `None` leaves it open.
    pub proxy: Option<ProxyDoors>,
}

impl CommandSpec {
    /// A command on pipes with an empty environment whose workspace is its working folder; there is no `$TMPDIR`.
    pub fn new(program: impl Into<OsString>, cwd: impl Into<PathBuf>, policy: SandboxPolicy) -> Self {
        let cwd = cwd.into();
        Self {
            program: program.into(),
            args: Vec::new(),
            permissions: policy.resolve(&cwd, Surroundings::default()),
            cwd,
            env: Vec::new(),
            kept: Vec::new(),
            stdio: StdioMode::Pipes,
            barrier: Barrier::Best,
            proxy: None,
        }
    }
}
