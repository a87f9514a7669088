//! A proxy with a desk that decides by the settings, and origins that keep what they were sent.

use std::collections::HashMap;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use codex_network_proxy::{
    HostPattern, Known, Listeners, Listing, NetworkProxy, Notice, ProxySettings, Reason, Resolver, Verdict,
    judge,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// Longest wait for anything real in a test.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A running proxy.
pub(crate) struct Bench {
    pub(crate) proxy: NetworkProxy,
    pub(crate) http: SocketAddr,
    pub(crate) socks: SocketAddr,
    /// What happened, a line each.
    pub(crate) log: Arc<Mutex<Vec<String>>>,
    /// Names looked up.
    pub(crate) look_ups: Arc<AtomicUsize>,
}

/// Settings that allow these hosts, local addresses included: the origins of a test are local.
pub(crate) fn local(allow: &[&str]) -> ProxySettings {
    ProxySettings { local_addresses: true, ..public(allow) }
}

/// Settings that allow these hosts.
pub(crate) fn public(allow: &[&str]) -> ProxySettings {
    let allow = allow.iter().map(|text| HostPattern::parse(text).unwrap()).collect();
    ProxySettings {
        socks5_udp: true,
        domains: Listing { allow, deny: vec![HostPattern::parse("denied.test").unwrap()] },
        ..ProxySettings::default()
    }
}

/// Every name ends in `.test` and leads to this machine.
pub(crate) fn home(name: &str) -> Vec<IpAddr> {
    if name.ends_with(".test") { vec![Ipv4Addr::LOCALHOST.into()] } else { Vec::new() }
}

impl Bench {
    pub(crate) async fn new(settings: ProxySettings) -> Self {
        Self::resolving(settings, home).await
    }

    pub(crate) async fn resolving(
        settings: ProxySettings,
        resolve: impl Fn(&str) -> Vec<IpAddr> + Send + Sync + 'static,
    ) -> Self {
        let listen = || {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            listener.set_nonblocking(true).unwrap();
            let address = listener.local_addr().unwrap();
            (listener, address)
        };
        let ((http, http_address), (socks, socks_address)) = (listen(), listen());
        let datagrams = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        datagrams.set_nonblocking(true).unwrap();
        let look_ups = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&look_ups);
        let resolver = Resolver::new(move |name| {
            counted.fetch_add(1, Ordering::SeqCst);
            let found = resolve(&name);
            Box::pin(async move { Ok(found) })
        });
        let (notices, heard) = mpsc::channel(8);
        let log = Arc::default();
        let settings = Arc::new(settings);
        tokio::spawn(desk(Arc::clone(&settings), heard, Arc::clone(&log)));
        let listeners = Listeners { http, socks: Some(socks), datagrams: Some(datagrams) };
        let proxy = NetworkProxy::serve(listeners, settings, resolver, notices).unwrap();
        Self { proxy, http: http_address, socks: socks_address, log, look_ups }
    }

    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// Sends raw bytes to the HTTP side and gives what comes back until the end.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> String {
        let mut client = TcpStream::connect(self.http).await.unwrap();
        client.write_all(bytes).await.unwrap();
        read_all(&mut client).await
    }

    /// Runs curl with these arguments; `None`, with a word on stderr, where there is no curl.
    pub(crate) async fn curl(&self, args: &[&str]) -> Option<String> {
        let args: Vec<String> = ["-sS", "-m", "30", "--noproxy", ""]
            .iter()
            .chain(args)
            .map(|arg| arg.replace("HTTP", &self.http.to_string()).replace("SOCKS", &self.socks.to_string()))
            .collect();
        let run = tokio::task::spawn_blocking(move || {
            std::process::Command::new("curl").args(args).env_clear().output()
        });
        match run.await.unwrap() {
            Ok(output) => {
                let text = [output.stdout, output.stderr].concat();
                Some(String::from_utf8_lossy(&text).into_owned())
            }
            Err(error) => {
                let _ = writeln!(std::io::stderr(), "skipped: curl: {error}");
                None
            }
        }
    }
}

async fn desk(settings: Arc<ProxySettings>, mut heard: mpsc::Receiver<Notice>, log: Arc<Mutex<Vec<String>>>) {
    while let Some(notice) = heard.recv().await {
        let line = match notice {
            Notice::Asked { access, answer } => {
                let known = Known { rule: None, consented: false, may_ask: false };
                let decided = match judge(&access, &settings, known) {
                    Verdict::Allow => Ok(()),
                    Verdict::Ask => Err(Reason::NotAllowed),
                    Verdict::Deny(reason) => Err(reason),
                };
                answer.send(decided).unwrap();
                format!("asked {}:{} {}", access.host, access.port, access.protocol.word())
            }
            Notice::Opened { access, address } => format!("opened {} at {address}", access.host),
            Notice::Blocked { access, reason } => format!("blocked {} {}", access.host, reason.code()),
            Notice::Told => "told".to_owned(),
        };
        log.lock().unwrap().push(line);
    }
}

pub(crate) async fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset after the answer is as good as an end.
    let _ =
        tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("the end never comes");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// An origin that answers every connection with `answer` once `ends` has been seen in what it was sent.
pub(crate) struct Origin {
    pub(crate) port: u16,
    /// What each connection sent, whole.
    pub(crate) sent: Arc<Mutex<HashMap<usize, String>>>,
}

impl Origin {
    pub(crate) async fn new(ends: &'static str, answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let sent: Arc<Mutex<HashMap<usize, String>>> = Arc::default();
        let kept = Arc::clone(&sent);
        tokio::spawn(async move {
            for number in 0.. {
                let (mut client, _) = listener.accept().await.unwrap();
                let kept = Arc::clone(&kept);
                kept.lock().unwrap().insert(number, String::new());
                tokio::spawn(async move {
                    let mut answered = false;
                    let mut buffer = [0; 4096];
                    while let Ok(length @ 1..) = client.read(&mut buffer).await {
                        let all = {
                            let mut kept = kept.lock().unwrap();
                            let all = kept.entry(number).or_default();
                            all.push_str(&String::from_utf8_lossy(&buffer[..length]));
                            all.clone()
                        };
                        if !answered && all.contains(ends) {
                            answered = true;
                            client.write_all(answer.as_bytes()).await.unwrap();
                        }
                    }
                });
            }
        });
        Self { port, sent }
    }

    pub(crate) fn sent(&self) -> Vec<String> {
        let sent = self.sent.lock().unwrap();
        (0..sent.len()).map(|number| sent[&number].clone()).collect()
    }
}

/// Polls real state until it is as wanted.
pub(crate) async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !done() {
        assert!(tokio::time::Instant::now() < deadline, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
