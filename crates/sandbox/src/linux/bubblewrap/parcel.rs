//! The helper's orders as bytes, written outside and read inside by the same program.
//! Invariant: reading ends in `None` on anything but what writing made; nothing in it is trusted further than our own memory.

use std::ffi::{CStr, CString};
use std::os::fd::RawFd;

use seccompiler::{BpfProgram, sock_filter};

use crate::linux::orders::{DoorOrders, Program, Rules, Streams, StringList};
use crate::linux::sys::FileId;
use crate::{LocalSockets, ProxyDoors};

/// What must be found at a path inside, or nothing runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) path: CString,
    /// The object it leads to; any when absent.
    pub(crate) id: Option<FileId>,
    /// Whether it must be anything but that object.
    pub(crate) hidden: bool,
    /// Whether its mount is read-only; either will do when absent.
    pub(crate) read_only: Option<bool>,
}

/// Everything the helper needs to know.
#[derive(Debug)]
pub(crate) struct Parcel {
    /// `None` only tries out the sandbox.
    pub(crate) program: Option<Program>,
    pub(crate) streams: Streams,
    /// Write end of the report pipe.
    pub(crate) report: RawFd,
    /// Read end of the pipe that says when to go on.
    pub(crate) go: RawFd,
    pub(crate) rules: Option<Rules>,
    pub(crate) filter: BpfProgram,
    pub(crate) checks: Vec<Check>,
    /// Name and identity of each namespace that must not be the helper's.
    pub(crate) outside: Vec<(CString, CString)>,
    /// Whether `/dev/shm` is the command's own.
    pub(crate) private_shm: bool,
    /// Listeners to open and hand over.
    pub(crate) doors: Option<DoorOrders>,
}

impl Parcel {
    /// As bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer(Vec::new());
        out.flag(self.program.is_some());
        if let Some(program) = &self.program {
            out.text(&program.path);
            out.text(&program.cwd);
            out.texts(program.argv.strings());
            out.texts(program.env.strings());
        }
        let Streams { stdin, stdout, stderr, terminal } = self.streams;
        for descriptor in [stdin, stdout, stderr, self.report, self.go] {
            out.number(descriptor as u64);
        }
        out.flag(terminal);
        out.flag(self.rules.is_some());
        if let Some(Rules { fd, access, file_access, proc_access }) = self.rules {
            out.number(fd as u64);
            out.number(access);
            out.number(file_access);
            out.number(proc_access);
        }
        out.number(self.filter.len() as u64);
        for step in &self.filter {
            let packed = [u64::from(step.code) << 16, u64::from(step.jt) << 8, u64::from(step.jf)];
            out.number(packed.iter().sum::<u64>() << 32 | u64::from(step.k));
        }
        out.number(self.checks.len() as u64);
        for check in &self.checks {
            out.text(&check.path);
            out.flag(check.id.is_some());
            let id = check.id.unwrap_or(FileId { dev: 0, ino: 0 });
            out.number(id.dev);
            out.number(id.ino);
            out.flag(check.hidden);
            out.flag(check.read_only.is_some());
            out.flag(check.read_only.unwrap_or_default());
        }
        out.number(self.outside.len() as u64);
        for (name, identity) in &self.outside {
            out.text(name);
            out.text(identity);
        }
        out.flag(self.private_shm);
        out.flag(self.doors.is_some());
        if let Some(DoorOrders { doors, channel }) = &self.doors {
            out.number(*channel as u64);
            out.number(doors.http.into());
            out.flag(doors.socks.is_some());
            out.number(doors.socks.unwrap_or_default().into());
            out.flag(doors.datagrams);
            out.flag(doors.local_sockets == LocalSockets::All);
        }
        out.0
    }

    /// Back again.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader(bytes);
        let program = if from.flag()? { Some(from.program()?) } else { None };
        let [stdin, stdout, stderr, report, go] = [
            from.descriptor()?,
            from.descriptor()?,
            from.descriptor()?,
            from.descriptor()?,
            from.descriptor()?,
        ];
        let streams = Streams { stdin, stdout, stderr, terminal: from.flag()? };
        let rules = if from.flag()? {
            let (fd, access, file_access) = (from.descriptor()?, from.number()?, from.number()?);
            Some(Rules { fd, access, file_access, proc_access: from.number()? })
        } else {
            None
        };
        let filter = from.filter()?;
        let checks = from.list(Reader::check)?;
        let outside = from.list(|from| Some((from.text()?, from.text()?)))?;
        let private_shm = from.flag()?;
        let doors = if from.flag()? { Some(from.doors()?) } else { None };
        from.0.is_empty().then_some(Self {
            program,
            streams,
            report,
            go,
            rules,
            filter,
            checks,
            outside,
            private_shm,
            doors,
        })
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn flag(&mut self, flag: bool) {
        self.number(flag.into());
    }

    fn number(&mut self, number: u64) {
        self.0.extend(number.to_ne_bytes());
    }

    fn text(&mut self, text: &CStr) {
        self.number(text.to_bytes().len() as u64);
        self.0.extend(text.to_bytes());
    }

    fn texts(&mut self, texts: &[CString]) {
        self.number(texts.len() as u64);
        for text in texts {
            self.text(text);
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn flag(&mut self) -> Option<bool> {
        match self.number()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn number(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_ne_bytes(*number))
    }

    fn descriptor(&mut self) -> Option<RawFd> {
        RawFd::try_from(self.number()?).ok()
    }

    fn text(&mut self) -> Option<CString> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        CString::new(text).ok()
    }

    fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let length = self.number()?;
        // Each element takes at least a number, so a length that lies ends the reading soon.
        (0..length).map(|_| one(self)).collect()
    }

    fn program(&mut self) -> Option<Program> {
        let (path, cwd) = (self.text()?, self.text()?);
        let argv = StringList::new(self.list(Self::text)?);
        Some(Program { path, argv, env: StringList::new(self.list(Self::text)?), cwd })
    }

    fn filter(&mut self) -> Option<BpfProgram> {
        self.list(|from| {
            let packed = from.number()?;
            let [code_high, code_low, jt, jf, ..] = packed.to_be_bytes();
            let code = u16::from_be_bytes([code_high, code_low]);
            Some(sock_filter { code, jt, jf, k: packed as u32 })
        })
    }

    fn doors(&mut self) -> Option<DoorOrders> {
        let (channel, http) = (self.descriptor()?, self.port()?);
        let (has_socks, socks) = (self.flag()?, self.port()?);
        let (datagrams, all) = (self.flag()?, self.flag()?);
        let local_sockets = if all { LocalSockets::All } else { LocalSockets::Pairs };
        let doors = ProxyDoors { http, socks: has_socks.then_some(socks), datagrams, local_sockets };
        Some(DoorOrders { doors, channel })
    }

    fn port(&mut self) -> Option<u16> {
        u16::try_from(self.number()?).ok()
    }

    fn check(&mut self) -> Option<Check> {
        let path = self.text()?;
        let known = self.flag()?;
        let id = FileId { dev: self.number()?, ino: self.number()? };
        let (hidden, decided, read_only) = (self.flag()?, self.flag()?, self.flag()?);
        Some(Check { path, id: known.then_some(id), hidden, read_only: decided.then_some(read_only) })
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::linux::filter::{Metadata, Network, program};

    fn parcel() -> Parcel {
        let texts =
            |texts: &[&CStr]| StringList::new(texts.iter().map(|text| CString::from(*text)).collect());
        Parcel {
            program: Some(Program {
                path: c"/bin/sh".into(),
                argv: texts(&[c"sh", c"-c", c"", c"\xff"]),
                env: texts(&[c"A=1"]),
                cwd: c"/w".into(),
            }),
            streams: Streams { stdin: 3, stdout: 4, stderr: 5, terminal: true },
            report: 6,
            go: 7,
            rules: Some(Rules { fd: 8, access: u64::MAX, file_access: 1, proc_access: 2 }),
            filter: program(Network::Off, Metadata::KeptByMounts).unwrap().clone(),
            checks: vec![
                Check { path: c"/".into(), id: None, hidden: false, read_only: Some(true) },
                Check {
                    path: c"/w".into(),
                    id: Some(FileId { dev: 1, ino: u64::MAX }),
                    hidden: true,
                    read_only: None,
                },
            ],
            outside: vec![(c"pid".into(), c"pid:[1]".into())],
            private_shm: true,
            doors: Some(DoorOrders {
                doors: ProxyDoors {
                    http: 1,
                    socks: Some(u16::MAX),
                    datagrams: true,
                    local_sockets: LocalSockets::All,
                },
                channel: 9,
            }),
        }
    }

    #[test]
    fn a_parcel_arrives_as_it_was_sent() {
        for sent in [parcel(), Parcel { program: None, rules: None, doors: None, ..parcel() }] {
            let arrived = Parcel::from_bytes(&sent.to_bytes()).unwrap();
            assert_eq!(arrived.to_bytes(), sent.to_bytes());
            assert_eq!((&arrived.checks, &arrived.outside), (&sent.checks, &sent.outside));
            assert_eq!(arrived.filter, sent.filter);
        }
    }

    #[test]
    fn half_a_parcel_is_none() {
        let bytes = parcel().to_bytes();
        for length in 0..bytes.len() {
            assert!(Parcel::from_bytes(&bytes[..length]).is_none(), "{length}");
        }
        assert!(Parcel::from_bytes(&[bytes, vec![0]].concat()).is_none());
    }
}
