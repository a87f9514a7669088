//! A program of a few hundred bytes that makes a list of system calls, one after the other, and nothing else.
//!
//! It takes the place of our own program inside of bubblewrap: loading and relocating that costs more than all it has to
//! do there. What is called, and with what, is decided outside (`steps`), where nothing is short of memory or libraries.
//! Invariant: the first call that does not turn out as it must ends the list; the report says which.

use std::io::{self, Write};
use std::os::fd::{FromRawFd, OwnedFd};

use crate::linux::sys;

/// Where the parts lie in the memory of the program; far apart, so that none has to know the size of another.
const CODE_AT: u64 = 0x4000_0000;
pub(super) const CALLS_AT: u64 = 0x5000_0000;
pub(super) const DATA_AT: u64 = 0x6000_0000;
/// The report's descriptor and room for the last word, before the calls.
pub(super) const HEADER_BYTES: u64 = 32;
/// Size of a [`Call`] in memory.
pub(super) const CALL_BYTES: u64 = 80;

/// Not a system call: the word at the first argument, masked by the second, must be the third, or it fails with the fourth.
pub(super) const MUST_BE: i64 = -1;
/// Not a system call: the two words at the first argument must not both be the second and the third.
pub(super) const MUST_DIFFER: i64 = -2;

/// One step of the list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    pub(super) number: i64,
    pub(super) arguments: [u64; 6],
    /// Whether an error ends the list.
    pub(super) must_succeed: bool,
    /// Where the result goes in memory; zero for nowhere.
    pub(super) result_to: u64,
    /// What the report says when the list ends here: a step and an index.
    pub(super) blame: (i32, i32),
}

impl Call {
    fn to_words(self) -> [u64; 10] {
        let [a, b, c, d, e, f] = self.arguments;
        let (step, index) = self.blame;
        let blame = u64::from(step as u32) | u64::from(index as u32) << 32;
        [self.number as u64, a, b, c, d, e, f, u64::from(self.must_succeed), self.result_to, blame]
    }
}

std::arch::global_asm!(
    ".pushsection .rodata.codex_inner_stub, \"a\"",
    ".global codex_inner_stub_start",
    ".global codex_inner_stub_end",
    "codex_inner_stub_start:",
    "  mov rbx, {calls}",
    // The next call: its number and its arguments.
    "20:",
    "  mov rax, [rbx]",
    "  mov rdi, [rbx + 8]",
    "  mov rsi, [rbx + 16]",
    "  mov rdx, [rbx + 24]",
    "  mov r10, [rbx + 32]",
    "  mov r8, [rbx + 40]",
    "  mov r9, [rbx + 48]",
    "  test rax, rax",
    "  js 50f",
    "  syscall",
    "  mov rcx, [rbx + 64]",
    "  test rcx, rcx",
    "  jz 30f",
    "  mov [rcx], rax",
    "30:",
    "  cmp qword ptr [rbx + 56], 0",
    "  je 40f",
    "  test rax, rax",
    "  js 60f",
    "40:",
    "  add rbx, 80",
    "  jmp 20b",
    // Looks into memory.
    "50:",
    "  cmp rax, -1",
    "  jne 55f",
    "  mov rdi, [rdi]",
    "  and rdi, rsi",
    "  cmp rdi, rdx",
    "  je 40b",
    "  jmp 57f",
    "55:",
    "  cmp [rdi], rsi",
    "  jne 40b",
    "  cmp [rdi + 8], rdx",
    "  jne 40b",
    "57:",
    "  mov rax, r10",
    "  jmp 70f",
    // The end: says what, where and why, and exits with 127.
    "60:",
    "  neg rax",
    "70:",
    "  mov rsi, {header}",
    "  mov rdi, [rsi]",
    "  add rsi, 8",
    "  mov rcx, [rbx + 72]",
    "  mov [rsi], rcx",
    "  mov [rsi + 8], eax",
    "  mov edx, 12",
    "  mov eax, {write}",
    "  syscall",
    "  mov edi, {gave_up}",
    "  mov eax, {exit}",
    "  syscall",
    "  ud2",
    "codex_inner_stub_end:",
    ".popsection",
    calls = const CALLS_AT + HEADER_BYTES,
    header = const CALLS_AT,
    write = const libc::SYS_write,
    exit = const libc::SYS_exit_group,
    gave_up = const crate::linux::child::GAVE_UP,
);

/// The machine code.
fn code() -> &'static [u8] {
    unsafe extern "C" {
        static codex_inner_stub_start: u8;
        static codex_inner_stub_end: u8;
    }
    let (start, end) = (&raw const codex_inner_stub_start, &raw const codex_inner_stub_end);
    // SAFETY: both lie in one read-only section of ours, the first before the second, and are there as long as we are.
    unsafe { std::slice::from_raw_parts(start, end.offset_from_unsigned(start)) }
}

/// The program with its list, as a file without a name that can be executed. `data` is what the arguments point to.
pub(super) fn file(report: i32, calls: &[Call], data: &[u8]) -> io::Result<OwnedFd> {
    let mut list = vec![0; HEADER_BYTES as usize];
    list[..8].copy_from_slice(&u64::from(report as u32).to_ne_bytes());
    list.extend(calls.iter().flat_map(|call| call.to_words()).flat_map(u64::to_ne_bytes));
    let image = image(code(), &list, data);
    let file = sys::executable_memory_file(c"codex-sandbox-inner")?;
    // SAFETY: the descriptor is fresh and ours.
    let file = unsafe { OwnedFd::from_raw_fd(file) };
    let mut file = std::fs::File::from(file);
    file.write_all(&image)?;
    Ok(file.into())
}

const PAGE: usize = 4096;
const READ: u32 = 4;
const WRITE: u32 = 2;
const EXECUTE: u32 = 1;

/// An ELF file of three segments: the code, the list, the data.
fn image(code: &[u8], list: &[u8], data: &[u8]) -> Vec<u8> {
    let parts =
        [(CODE_AT, READ | EXECUTE, code), (CALLS_AT, READ | WRITE, list), (DATA_AT, READ | WRITE, data)];
    let mut image = vec![0; PAGE];
    let mut headers = Vec::new();
    for (at, rights, content) in parts {
        let (offset, size) = (image.len() as u64, content.len() as u64);
        headers.extend(program_header(1, rights, [offset, at, at, size, size, PAGE as u64]));
        image.extend(content);
        image.resize(image.len().next_multiple_of(PAGE), 0);
    }
    // The stack holds no code.
    headers.extend(program_header(0x6474_e551, READ | WRITE, [0, 0, 0, 0, 0, 16]));
    let mut header = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    // An executable for x86-64.
    header.extend([2u16, 62].iter().flat_map(|half| half.to_le_bytes()));
    header.extend(1u32.to_le_bytes());
    header.extend([CODE_AT, 64, 0].iter().flat_map(|word| word.to_le_bytes()));
    header.extend(0u32.to_le_bytes());
    header.extend([64u16, 56, parts.len() as u16 + 1, 64, 0, 0].iter().flat_map(|half| half.to_le_bytes()));
    header.extend(headers);
    image[..header.len()].copy_from_slice(&header);
    image
}

fn program_header(kind: u32, rights: u32, words: [u64; 6]) -> Vec<u8> {
    let start = [kind, rights].into_iter().flat_map(u32::to_le_bytes);
    start.chain(words.into_iter().flat_map(u64::to_le_bytes)).collect()
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;
    use std::process::{Command, Output};

    use pretty_assertions::assert_eq;

    use super::*;

    fn call<const N: usize>(number: i64, arguments: [u64; N]) -> Call {
        let mut all = [0; 6];
        all[..N].copy_from_slice(&arguments);
        Call { number, arguments: all, must_succeed: true, result_to: 0, blame: (3, 4) }
    }

    /// Runs a list whose report is its standard output.
    fn run(calls: &[Call], data: &[u8]) -> Output {
        let file = file(1, calls, data).unwrap();
        Command::new(format!("/proc/self/fd/{}", file.as_raw_fd())).output().unwrap()
    }

    /// What the report holds when a list ends early.
    fn fault(errno: i32) -> Vec<u8> {
        [3, 4, errno].into_iter().flat_map(i32::to_ne_bytes).collect()
    }

    #[test]
    fn calls_are_made_in_order_and_results_are_kept() {
        // The length of what was written becomes the exit code.
        let written = Call {
            result_to: CALLS_AT + HEADER_BYTES + CALL_BYTES + 8,
            ..call(libc::SYS_write, [1, DATA_AT, 5])
        };
        let out = run(&[written, call(libc::SYS_exit_group, [0])], b"hello\0\0\0");
        assert_eq!((out.status.code(), out.stdout), (Some(5), b"hello".to_vec()));
    }

    #[test]
    fn a_failure_ends_the_list_and_is_told_unless_it_does_not_matter() {
        let bad = call(libc::SYS_close, [77]);
        let out = run(&[bad, call(libc::SYS_exit_group, [0])], b"");
        assert_eq!((out.status.code(), out.stdout), (Some(127), fault(libc::EBADF)));
        let out = run(&[Call { must_succeed: false, ..bad }, call(libc::SYS_exit_group, [6])], b"");
        assert_eq!((out.status.code(), out.stdout), (Some(6), Vec::new()));
    }

    #[test]
    fn memory_is_compared_word_by_word() {
        let data: Vec<u8> = [0x0123_u64, 7].into_iter().flat_map(u64::to_ne_bytes).collect();
        let end = call(libc::SYS_exit_group, [0]);
        for (test, holds) in [
            (call(MUST_BE, [DATA_AT, u64::MAX, 0x0123, 9]), true),
            (call(MUST_BE, [DATA_AT, 0x0f, 0x03, 9]), true),
            (call(MUST_BE, [DATA_AT, u64::MAX, 0x03, 9]), false),
            (call(MUST_BE, [DATA_AT + 8, u64::MAX, 7 << 32 | 7, 9]), false),
            (call(MUST_DIFFER, [DATA_AT, 0x0123, 8, 9]), true),
            (call(MUST_DIFFER, [DATA_AT, 0x0124, 7, 9]), true),
            (call(MUST_DIFFER, [DATA_AT, 0x0123, 7, 9]), false),
        ] {
            let out = run(&[test, end], &data);
            let expected = if holds { (Some(0), Vec::new()) } else { (Some(127), fault(9)) };
            assert_eq!((out.status.code(), out.stdout), expected, "{test:?}");
        }
    }
}
