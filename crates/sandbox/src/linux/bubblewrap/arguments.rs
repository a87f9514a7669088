//! What bubblewrap is told: the same mounts that `child` makes by itself, in its words. Pure.
//! Invariant: only options that every version since 0.1.8 knows, but for `--perms` where a folder is hidden; later mounts lie over earlier ones.

use std::ffi::{CStr, CString};
use std::os::fd::RawFd;

use crate::linux::orders::{Layer, Layering, Namespaces, Place};

/// The first argument of the helper inside; nothing a person would type.
pub(crate) const MARKER: &str = "codex-sandbox-inner";

/// Descriptors that bubblewrap and the helper find open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Passed {
    /// Our own program.
    pub(crate) helper: RawFd,
    /// The helper's orders, where it does not carry them in itself.
    pub(crate) parcel: Option<RawFd>,
    /// Where bubblewrap names the first process of the namespace.
    pub(crate) info: RawFd,
    /// The system call filter for that first process.
    pub(crate) filter: RawFd,
}

/// The whole argument vector, the program's own name first.
pub(crate) fn arguments(namespaces: &Namespaces, user: User, passed: Passed) -> Vec<CString> {
    let mut list = List(Vec::new());
    list.words(&[c"bwrap", c"--die-with-parent", c"--unshare-pid", c"--unshare-ipc"]);
    if user == User::Own {
        list.words(&[c"--unshare-user"]);
    }
    if namespaces.doors.is_some() {
        list.words(&[c"--unshare-net"]);
    }
    list.number(c"--info-fd", passed.info);
    list.number(c"--seccomp", passed.filter);
    let root = if namespaces.read_only_root { c"--ro-bind" } else { c"--bind" };
    list.words(&[root, c"/", c"/", c"--dev", c"/dev", c"--proc", c"/proc"]);
    if namespaces.private_shm {
        list.words(&[c"--tmpfs", c"/dev/shm"]);
    } else {
        list.words(&[c"--ro-bind", c"/dev/shm", c"/dev/shm"]);
    }
    // A writable `/` is there already, and binding it again would hide what was just mounted.
    for root in namespaces.writable.iter().filter(|root| root.path.as_c_str() != c"/") {
        list.words(&[c"--bind", &root.path, &root.path]);
    }
    list.words(&[c"--remount-ro", c"/dev", c"--remount-ro", c"/proc"]);
    // Read-only already below a read-only root; each mount that is bound costs a look at all the others.
    if !namespaces.read_only_root || namespaces.writable.iter().any(|root| is_below_sys(&root.path)) {
        list.words(&[c"--ro-bind", c"/sys", c"/sys"]);
    }
    for Layer { place: Place { path, .. }, kind } in &namespaces.layers {
        match kind {
            // What lies under the covers is still writable in the tree that is mounted from.
            Layering::Pin | Layering::Reopen(_) => list.words(&[c"--bind", path, path]),
            Layering::Cover => list.words(&[c"--ro-bind", path, path]),
            Layering::MaskFolder => {
                list.words(&[c"--perms", c"0000", c"--tmpfs", path, c"--remount-ro", path]);
            }
            // Devices of such a mount cannot be opened.
            Layering::MaskFile => list.words(&[c"--ro-bind", c"/dev/null", path]),
        }
    }
    list.words(&[c"--chdir", c"/", c"--"]);
    list.text(format!("/proc/self/fd/{}", passed.helper));
    if let Some(parcel) = passed.parcel {
        list.text(MARKER.to_owned());
        list.text(parcel.to_string());
    }
    list.0
}

fn is_below_sys(path: &CStr) -> bool {
    let rest = path.to_bytes().strip_prefix(b"/sys");
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

/// Whose user namespace the command lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum User {
    /// One of its own.
    Own,
    /// The one it comes from: bubblewrap has the rights (setuid, or started by root) and the kernel has no namespace for it.
    Ours,
}

struct List(Vec<CString>);

impl List {
    fn words(&mut self, words: &[&CStr]) {
        self.0.extend(words.iter().map(|word| CString::from(*word)));
    }

    fn number(&mut self, option: &CStr, number: RawFd) {
        self.words(&[option]);
        self.text(number.to_string());
    }

    /// Text of ours, which holds no NUL.
    fn text(&mut self, text: String) {
        self.0.extend(CString::new(text));
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::linux::sys::FileId;

    fn place(path: &CStr) -> Place {
        Place { path: path.into(), id: FileId { dev: 1, ino: 2 } }
    }

    fn layer(path: &CStr, kind: Layering) -> Layer {
        Layer { place: place(path), kind }
    }

    fn told(namespaces: &Namespaces, user: User) -> String {
        let passed = Passed { helper: 7, parcel: Some(8), info: 9, filter: 10 };
        let words = arguments(namespaces, user, passed);
        words.iter().map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ")
    }

    fn namespaces() -> Namespaces {
        Namespaces {
            uid_map: Vec::new(),
            gid_map: Vec::new(),
            writable: vec![place(c"/w")],
            reopened: vec![place(c"/w/r/in")],
            layers: vec![
                layer(c"/w/.git", Layering::Cover),
                layer(c"/w/a", Layering::Pin),
                layer(c"/w/a/f", Layering::MaskFile),
                layer(c"/w/a/s", Layering::MaskFolder),
                layer(c"/w/r", Layering::Cover),
                layer(c"/w/r/in", Layering::Reopen(0)),
            ],
            read_only_root: true,
            private_shm: true,
            doors: None,
        }
    }

    #[test]
    fn the_mounts_come_in_the_order_in_which_they_cover_each_other() {
        let expected = "bwrap --die-with-parent --unshare-pid --unshare-ipc --unshare-user --info-fd 9 --seccomp 10 \
            --ro-bind / / --dev /dev --proc /proc --tmpfs /dev/shm --bind /w /w --remount-ro /dev --remount-ro /proc \
            --ro-bind /w/.git /w/.git --bind /w/a /w/a --ro-bind /dev/null /w/a/f \
            --perms 0000 --tmpfs /w/a/s --remount-ro /w/a/s --ro-bind /w/r /w/r --bind /w/r/in /w/r/in \
            --chdir / -- /proc/self/fd/7 codex-sandbox-inner 8";
        assert_eq!(told(&namespaces(), User::Own), expected);
    }

    #[test]
    fn a_writable_root_folder_keeps_the_kernel_closed() {
        let whole = Namespaces {
            writable: vec![place(c"/")],
            reopened: Vec::new(),
            layers: Vec::new(),
            read_only_root: false,
            private_shm: false,
            ..namespaces()
        };
        let expected = "bwrap --die-with-parent --unshare-pid --unshare-ipc --info-fd 9 --seccomp 10 --bind / / --dev /dev \
            --proc /proc --ro-bind /dev/shm /dev/shm --remount-ro /dev --remount-ro /proc --ro-bind /sys /sys \
            --chdir / -- /proc/self/fd/7 codex-sandbox-inner 8";
        assert_eq!(told(&whole, User::Ours), expected);
    }

    #[test]
    fn a_writable_root_in_the_kernel_s_own_folder_opens_nothing() {
        for (root, closed) in [(c"/sys", true), (c"/sys/kernel", true), (c"/sysroot", false), (c"/w", false)]
        {
            let namespaces = Namespaces {
                writable: vec![place(root)],
                layers: Vec::new(),
                reopened: Vec::new(),
                ..namespaces()
            };
            assert_eq!(told(&namespaces, User::Own).contains("--ro-bind /sys /sys"), closed, "{root:?}");
        }
    }
}
