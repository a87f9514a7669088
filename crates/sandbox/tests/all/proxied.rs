//! A command behind a proxy: it reaches the listeners that we serve, and nothing else.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, UdpSocket};

use codex_protocol::SandboxPolicy;
use codex_sandbox::{Barrier, CommandSpec, LocalSockets, ProxyDoors, SpawnError, spawn};
use pretty_assertions::assert_eq;

use super::harness::{Ran, Site, finish, full_sandbox, probe, run};

const DOORS: ProxyDoors =
    ProxyDoors { http: 3128, socks: Some(1080), datagrams: true, local_sockets: LocalSockets::Pairs };

fn networked(site: &Site) -> SandboxPolicy {
    SandboxPolicy::WorkspaceWrite {
        writable_roots: Vec::new(),
        network_access: true,
        exclude_tmpdir_env_var: false,
        exclude_slash_tmp: site.base.starts_with("/tmp"),
    }
}

fn proxied(site: &Site, script: &str) -> CommandSpec {
    let mut spec = site.spec(networked(site), script);
    spec.proxy = Some(DOORS);
    spec
}

#[tokio::test]
async fn the_listeners_are_served_from_outside() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::new();
    let script =
        "for port in 3128 1080; do exec 3<>/dev/tcp/127.0.0.1/$port; echo ask $port >&3; cat <&3; done";
    let process = spawn(proxied(&site, script)).await.unwrap();
    let doors = process.take_doors().unwrap();
    assert!(process.take_doors().is_none());
    let served = tokio::task::spawn_blocking(move || {
        for listener in [doors.http, doors.socks.unwrap()] {
            listener.set_nonblocking(false).unwrap();
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 9];
            stream.read_exact(&mut asked).unwrap();
            stream.write_all(b"answer to ").unwrap();
            stream.write_all(&asked).unwrap();
        }
    });
    let ran = finish(&process).await;
    served.await.unwrap();
    assert_eq!(ran, Ran { code: 0, output: "answer to ask 3128\nanswer to ask 1080\n".to_owned() });
}

#[tokio::test]
async fn datagrams_reach_us_and_come_back() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::new();
    // The port is the kernel's choice; the command reads it where it sees its own network.
    let script = "port=$((16#$(sed -n 's/.* 0100007F:\\([0-9A-F]*\\) .*/\\1/p' /proc/net/udp)))
        exec 3<>/dev/udp/127.0.0.1/$port; printf ping >&3; head -c 4 <&3";
    let process = spawn(proxied(&site, script)).await.unwrap();
    let socket: UdpSocket = process.take_doors().unwrap().datagrams.unwrap();
    let served = tokio::task::spawn_blocking(move || {
        socket.set_nonblocking(false).unwrap();
        let mut asked = [0; 16];
        let (length, from) = socket.recv_from(&mut asked).unwrap();
        socket.send_to(b"pong", from).unwrap();
        asked[..length].to_vec()
    });
    let ran = finish(&process).await;
    assert_eq!(ran, Ran { code: 0, output: "pong".to_owned() });
    assert_eq!(served.await.unwrap(), b"ping");
}

#[tokio::test]
async fn nothing_else_is_reached() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::new();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let six = TcpListener::bind("[::1]:0");
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    tcp.set_nonblocking(true).unwrap();
    udp.set_nonblocking(true).unwrap();
    let (tcp_port, udp_port) = (tcp.local_addr().unwrap().port(), udp.local_addr().unwrap().port());
    let six_port = six.as_ref().map_or(1, |six| six.local_addr().unwrap().port());
    let script = format!(
        "try() {{ (exec 3<>$1 && echo x >&3) 2>/dev/null && echo reached $1; }}
        try /dev/tcp/127.0.0.1/{tcp_port}
        try /dev/tcp/::1/{six_port}
        try /dev/tcp/localhost/{tcp_port}
        try /dev/tcp/192.0.2.1/3128
        try /dev/tcp/1.1.1.1/3128
        try /dev/tcp/example.com/80
        try /dev/udp/1.1.1.1/53
        try /dev/udp/127.0.0.1/{udp_port}
        getent hosts example.com && echo resolved
        ls /proc/self/fd | grep -v '^[0123]$'
        awk 'NR > 2 {{ print $1 }}' /proc/net/dev
        echo done"
    );
    let process = spawn(proxied(&site, &script)).await.unwrap();
    let ran = finish(&process).await;
    // A datagram to a closed port is sent and lost: `try` says that it was reached, the socket outside that it was not.
    let output = ran.output.replace(&format!("reached /dev/udp/127.0.0.1/{udp_port}\n"), "");
    assert_eq!((ran.code, output.as_str()), (0, "lo:\ndone\n"));
    assert!(tcp.accept().is_err() && udp.recv(&mut [0; 8]).is_err());
}

#[tokio::test]
async fn only_internet_sockets_are_left() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::new();
    let mut spec = probe(&site, networked(&site), &["system-calls"]);
    spec.proxy = Some(DOORS);
    let pairs = run(spec.clone()).await.output;
    let first = pairs.lines().take(7).collect::<Vec<_>>().join(", ");
    assert_eq!(first, "inet 0, inet-udp 0, inet6 0, netlink 1, vsock 1, unix 1, unix-dgram 1");
    for refused in ["ptrace 1", "io_uring_setup 1", "mount 1", "unshare-user 1", "setns 1"] {
        assert!(pairs.lines().any(|line| line == refused), "{refused}: {pairs}");
    }
    assert!(pairs.contains("\npair 0\n"), "{pairs}");
    spec.proxy = Some(ProxyDoors { local_sockets: LocalSockets::All, ..DOORS });
    let all = run(spec).await.output;
    let first = all.lines().take(7).collect::<Vec<_>>().join(", ");
    assert_eq!(first, "inet 0, inet-udp 0, inet6 0, netlink 1, vsock 1, unix 0, unix-dgram 0");
}

#[tokio::test]
async fn a_policy_without_the_network_stays_without() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::new();
    let mut spec = probe(&site, site.workspace_write(), &["system-calls"]);
    spec.proxy = Some(DOORS);
    assert!(run(spec).await.output.starts_with("inet 1\ninet-udp 1\ninet6 1\n"));
}

#[tokio::test]
async fn without_a_private_network_nothing_runs() {
    let site = Site::new();
    let mut spec = proxied(&site, "echo ran");
    spec.barrier = Barrier::LandlockOnly;
    let error = spawn(spec).await.unwrap_err();
    assert!(
        matches!(&error, SpawnError::SandboxUnavailable { reason } if reason.contains("private network")),
        "{error}"
    );
}
