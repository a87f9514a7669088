//! From the fate of each system call to the program the kernel runs: a search tree over the numbers. Pure.
//! Invariant: a number without a fate is allowed, and nothing passes under the rules of another machine.

use std::collections::BTreeMap;

use seccompiler::{BpfProgram, sock_filter};

/// What becomes of a call that is not allowed whatever it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Answered with EPERM.
    Refused,
    /// Answered with ENOSYS, as if the kernel did not know it: callers then take an older way.
    Absent,
    /// Left to the program that looks at arguments.
    ByArguments,
}

/// The numbers from `start` to the next range; without a fate they are allowed.
#[derive(Debug, Clone, Copy)]
struct Range {
    start: u32,
    fate: Option<Fate>,
}

const LOAD_WORD: u16 = 0x20;
const JUMP: u16 = 0x05;
const JUMP_EQUAL: u16 = 0x15;
const JUMP_AT_LEAST: u16 = 0x35;
const RETURN: u16 = 0x06;
const ALLOW: u32 = 0x7fff_0000;
const ERRNO: u32 = 0x0005_0000;
const KILL_PROCESS: u32 = 0x8000_0000;
/// Where the kernel puts the number and the machine in what a filter sees.
const NUMBER_OFFSET: u32 = 0;
const MACHINE_OFFSET: u32 = 4;
/// On x86-64 a second range repeats every call under other numbers.
const X32_BIT: u32 = 0x4000_0000;
const MACHINE: u32 = if cfg!(target_arch = "x86_64") {
    0xc000_003e
} else if cfg!(target_arch = "aarch64") {
    0xc000_00b7
} else {
    0xc000_00f3
};

/// The program: the machine, the tree, and `by_arguments`, which must be whole by itself.
pub(super) fn program(fates: &BTreeMap<u32, Fate>, by_arguments: BpfProgram) -> BpfProgram {
    let mut program = vec![
        step(LOAD_WORD, 0, 0, MACHINE_OFFSET),
        step(JUMP_EQUAL, 1, 0, MACHINE),
        step(RETURN, 0, 0, KILL_PROCESS),
        step(LOAD_WORD, 0, 0, NUMBER_OFFSET),
    ];
    program.extend(branch(&ranges(fates)));
    let end = program.len();
    for (index, step) in program.iter_mut().enumerate() {
        if step.code == JUMP && step.k == TO_ARGUMENTS {
            step.k = (end - index - 1) as u32;
        }
    }
    program.extend(by_arguments);
    program
}

/// Stands for the distance to the second program until that is known; no program is that long.
const TO_ARGUMENTS: u32 = u32::MAX;

fn ranges(fates: &BTreeMap<u32, Fate>) -> Vec<Range> {
    let mut ranges = vec![Range { start: 0, fate: None }];
    let mut add = |start, fate| match ranges.last_mut() {
        // The number after the last one has a fate of its own.
        Some(last) if last.start == start => last.fate = fate,
        Some(last) if last.fate == fate => {}
        _ => ranges.push(Range { start, fate }),
    };
    for (&number, &fate) in fates {
        add(number, Some(fate));
        add(number + 1, None);
    }
    if cfg!(target_arch = "x86_64") {
        add(X32_BIT, Some(Fate::Absent));
    }
    ranges
}

/// The steps that decide among some ranges.
fn branch(ranges: &[Range]) -> BpfProgram {
    if let [only] = ranges {
        return vec![leaf(only.fate)];
    }
    let (below, above) = ranges.split_at(ranges.len() / 2);
    let Some(middle) = above.first().map(|range| range.start) else { return Vec::new() };
    let (below, above) = (branch(below), branch(above));
    let mut steps = match u8::try_from(below.len()) {
        Ok(distance) => vec![step(JUMP_AT_LEAST, distance, 0, middle)],
        Err(_) => vec![step(JUMP_AT_LEAST, 0, 1, middle), step(JUMP, 0, 0, below.len() as u32)],
    };
    steps.extend(below);
    steps.extend(above);
    steps
}

fn leaf(fate: Option<Fate>) -> sock_filter {
    match fate {
        None => step(RETURN, 0, 0, ALLOW),
        Some(Fate::Refused) => step(RETURN, 0, 0, ERRNO | libc::EPERM as u32),
        Some(Fate::Absent) => step(RETURN, 0, 0, ERRNO | libc::ENOSYS as u32),
        Some(Fate::ByArguments) => step(JUMP, 0, 0, TO_ARGUMENTS),
    }
}

fn step(code: u16, jt: u8, jf: u8, k: u32) -> sock_filter {
    sock_filter { code, jt, jf, k }
}
