//! The way out of a private network: listeners that the child opens in it and hands to us before it becomes the command.
//! A listener stays in the network it was opened in, whoever accepts from it; so nothing has to run inside to carry bytes.
//! Invariant: the command itself holds none of these descriptors.

use std::io;
use std::mem::size_of;
use std::net::{TcpListener, UdpSocket};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use libc::{c_int, socklen_t};

use super::orders::DoorOrders;
use super::sys::{Errno, check};
use crate::{OpenDoors, ProxyDoors, SpawnError};

/// The HTTP and the SOCKS5 listener and the datagram socket.
const DESCRIPTORS_MAX: usize = 3;
/// Connections that may wait to be accepted; a command must not be able to hold up its own with a few.
const BACKLOG: c_int = 1024;
/// Room for the descriptors of one message and its header.
const CONTROL_BYTES: usize = 64;

/// The buffer of a control message, aligned as the kernel wants it.
#[repr(C, align(8))]
struct Control([u8; CONTROL_BYTES]);

/// Brings the loopback of the fresh network up, opens the listeners and sends them to the parent.
///
/// Only system calls on the stack: it runs between fork and exec.
pub(crate) fn open(orders: &DoorOrders) -> Result<(), Errno> {
    let doors = &orders.doors;
    let mut opened: [RawFd; DESCRIPTORS_MAX] = [-1; DESCRIPTORS_MAX];
    let mut count = 0;
    let mut keep = |fd| {
        opened[count] = fd;
        count += 1;
    };
    raise_loopback()?;
    keep(listen_on(doors.http)?);
    if let Some(port) = doors.socks {
        keep(listen_on(port)?);
    }
    if doors.datagrams {
        keep(bound(libc::SOCK_DGRAM, 0)?);
    }
    send(orders.channel, &opened[..count])?;
    for fd in &opened[..count] {
        // SAFETY: closes a descriptor this function opened.
        unsafe { libc::close(*fd) };
    }
    Ok(())
}

fn raise_loopback() -> Result<(), Errno> {
    // SAFETY: `request` is plain data for which all zeroes are valid, holds a NUL-terminated name, and outlives the
    // calls; the descriptor is closed on the way out and otherwise dies with the process.
    unsafe {
        let socket = check(libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0).into())?;
        let mut request: libc::ifreq = std::mem::zeroed();
        request.ifr_name[0] = b'l' as libc::c_char;
        request.ifr_name[1] = b'o' as libc::c_char;
        check(libc::ioctl(socket as c_int, libc::SIOCGIFFLAGS, &raw mut request).into())?;
        // Bubblewrap has raised it already, and left us no right to do so.
        if request.ifr_ifru.ifru_flags & libc::IFF_UP as libc::c_short == 0 {
            request.ifr_ifru.ifru_flags |= (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
            check(libc::ioctl(socket as c_int, libc::SIOCSIFFLAGS, &raw const request).into())?;
        }
        libc::close(socket as c_int);
    }
    Ok(())
}

fn listen_on(port: u16) -> Result<RawFd, Errno> {
    let socket = bound(libc::SOCK_STREAM, port)?;
    // SAFETY: plain numbers.
    check(unsafe { libc::listen(socket, BACKLOG) }.into())?;
    Ok(socket)
}

/// A non-blocking socket on `127.0.0.1`.
fn bound(kind: c_int, port: u16) -> Result<RawFd, Errno> {
    let kind = kind | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: the address is plain data, initialised here, and outlives the call that is given its size.
    unsafe {
        let socket = check(libc::socket(libc::AF_INET, kind, 0).into())? as RawFd;
        let mut address: libc::sockaddr_in = std::mem::zeroed();
        address.sin_family = libc::AF_INET as libc::sa_family_t;
        address.sin_port = port.to_be();
        address.sin_addr.s_addr = u32::from_be_bytes([127, 0, 0, 1]).to_be();
        let size = size_of::<libc::sockaddr_in>() as socklen_t;
        check(libc::bind(socket, (&raw const address).cast(), size).into())?;
        Ok(socket)
    }
}

fn send(channel: RawFd, descriptors: &[RawFd]) -> Result<(), Errno> {
    let mut control = Control([0; CONTROL_BYTES]);
    let bytes = size_of_val(descriptors);
    let mut byte = 0u8;
    let mut one = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    // SAFETY: header and buffers are live locals; the control buffer has room for one header and three descriptors,
    // and the header the macros lead to lies in it.
    unsafe {
        let mut message = message(&mut one, &mut control);
        message.msg_controllen = libc::CMSG_SPACE(bytes as u32) as _;
        let header = libc::CMSG_FIRSTHDR(&raw const message);
        (*header).cmsg_level = libc::SOL_SOCKET;
        (*header).cmsg_type = libc::SCM_RIGHTS;
        (*header).cmsg_len = libc::CMSG_LEN(bytes as u32) as _;
        std::ptr::copy_nonoverlapping(
            descriptors.as_ptr().cast::<u8>(),
            libc::CMSG_DATA(header).cast(),
            bytes,
        );
        check(libc::sendmsg(channel, &raw const message, libc::MSG_NOSIGNAL) as libc::c_long).map(drop)
    }
}

/// A message header over these buffers.
fn message(one: &mut libc::iovec, control: &mut Control) -> libc::msghdr {
    // SAFETY: a message header is plain data; all zeroes are valid.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = one;
    message.msg_iovlen = 1;
    message.msg_control = (&raw mut control.0).cast();
    message.msg_controllen = CONTROL_BYTES as _;
    message
}

/// The pair of sockets that carries the listeners from the child to us.
#[derive(Debug)]
pub(crate) struct DoorChannel {
    ours: OwnedFd,
    theirs: OwnedFd,
    doors: ProxyDoors,
}

impl DoorChannel {
    pub(crate) fn new(doors: ProxyDoors) -> Result<Self, SpawnError> {
        let mut ends: [RawFd; 2] = [-1; 2];
        // SAFETY: the array has room for both ends; on success both are fresh and ours.
        unsafe {
            let kind = libc::SOCK_DGRAM | libc::SOCK_CLOEXEC;
            check(libc::socketpair(libc::AF_UNIX, kind, 0, ends.as_mut_ptr()).into())
                .map_err(|errno| failed(errno.into()))?;
            Ok(Self { ours: OwnedFd::from_raw_fd(ends[0]), theirs: OwnedFd::from_raw_fd(ends[1]), doors })
        }
    }

    pub(crate) fn orders(&self) -> DoorOrders {
        DoorOrders { doors: self.doors, channel: self.theirs.as_raw_fd() }
    }

    /// Takes the listeners of a child that has become its command.
    pub(crate) fn receive(self) -> Result<OpenDoors, SpawnError> {
        let mut received = receive(&self.ours).map_err(failed)?.into_iter();
        let missing = || failed(io::ErrorKind::UnexpectedEof.into());
        let http = received.next().map(TcpListener::from).ok_or_else(missing)?;
        let socks = self.doors.socks.and_then(|_| received.next()).map(TcpListener::from);
        let datagrams = self.doors.datagrams.then(|| received.next()).flatten().map(UdpSocket::from);
        if socks.is_some() != self.doors.socks.is_some() || datagrams.is_some() != self.doors.datagrams {
            return Err(missing());
        }
        Ok(OpenDoors { http, socks, datagrams })
    }
}

fn failed(source: io::Error) -> SpawnError {
    SpawnError::System { step: "taking over the network proxy's listeners", source }
}

fn receive(ours: &OwnedFd) -> io::Result<Vec<OwnedFd>> {
    let mut control = Control([0; CONTROL_BYTES]);
    let mut byte = 0u8;
    let mut one = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    let mut received = Vec::new();
    // SAFETY: header and buffers are live locals; the macros stay within the control buffer, whose length the kernel
    // has set; the descriptors in it are fresh and ours.
    unsafe {
        let mut message = message(&mut one, &mut control);
        let flags = libc::MSG_CMSG_CLOEXEC | libc::MSG_DONTWAIT;
        check(libc::recvmsg(ours.as_raw_fd(), &raw mut message, flags) as libc::c_long)?;
        let header = libc::CMSG_FIRSTHDR(&raw const message);
        if header.is_null() || (*header).cmsg_type != libc::SCM_RIGHTS {
            return Ok(received);
        }
        let bytes = (*header).cmsg_len as usize - libc::CMSG_LEN(0) as usize;
        for at in 0..bytes / size_of::<RawFd>() {
            let fd = libc::CMSG_DATA(header).cast::<RawFd>().add(at).read_unaligned();
            received.push(OwnedFd::from_raw_fd(fd));
        }
    }
    Ok(received)
}
