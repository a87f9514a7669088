//! The filter as the kernel would run it, beside the same rules as one plain chain of comparisons.

use pretty_assertions::assert_eq;
use seccompiler::sock_filter;

use super::*;

/// What a filter is shown of a call.
#[derive(Debug, Clone, Copy)]
struct Call {
    number: u32,
    machine: u32,
    arguments: [u64; 6],
}

impl Call {
    fn word(&self, offset: u32) -> u32 {
        match offset {
            0 => self.number,
            4 => self.machine,
            _ => {
                let argument = self.arguments[(offset as usize - 16) / 8];
                // Little-endian, as on every machine that is served.
                if offset.is_multiple_of(8) { argument as u32 } else { (argument >> 32) as u32 }
            }
        }
    }
}

/// Runs a program as the kernel would.
fn verdict(program: &[sock_filter], call: Call) -> u32 {
    let (mut at, mut word) = (0, 0);
    loop {
        let sock_filter { code, jt, jf, k } = program[at];
        let jump = |holds: bool| if holds { jt as usize } else { jf as usize };
        at += 1 + match code {
            0x20 => {
                word = call.word(k);
                0
            }
            0x05 => k as usize,
            0x15 => jump(word == k),
            0x25 => jump(word > k),
            0x35 => jump(word >= k),
            0x45 => jump(word & k != 0),
            0x54 => {
                word &= k;
                0
            }
            0x06 => return k,
            other => panic!("step {other:#x} at {at}"),
        };
    }
}

/// The same rules as one long chain of comparisons, each number looked at in turn.
fn chain(network: Network, metadata: Metadata) -> BpfProgram {
    let mut rules = conditional_rules(network, metadata).unwrap();
    rules.extend(refused_calls(network, metadata).map(|call| (call, Vec::new())));
    let arch = TargetArch::try_from(std::env::consts::ARCH).unwrap();
    let refuse = SeccompAction::Errno(libc::EPERM as u32);
    SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch).unwrap().try_into().unwrap()
}

const ALLOW: u32 = 0x7fff_0000;
const ABSENT: u32 = 0x0005_0000 | libc::ENOSYS as u32;
const X32_BIT: u32 = 0x4000_0000;

fn every_kind() -> impl Iterator<Item = (Network, Metadata)> {
    use Network::{Off, On, Proxied, ProxiedWithLocalSockets};
    let networks = [On, Off, Proxied, ProxiedWithLocalSockets];
    networks.into_iter().flat_map(|network| [(network, Metadata::KeptByMounts), (network, Metadata::Frozen)])
}

/// The machine a chain lets pass, which is ours.
fn machine() -> u32 {
    chain(Network::On, Metadata::KeptByMounts)[1].k
}

// threat 15
#[test]
fn every_call_meets_the_fate_that_a_plain_list_gives_it() {
    let values =
        [0, 1, 2, 3, 10, 16, 17, 0x1_0000_0000, 0x1000_0000, 0x0002_0000, 0x4008_6602, 0x7e02_0000, u64::MAX];
    for (network, metadata) in every_kind() {
        let (tree, chain) = (program(network, metadata).unwrap(), chain(network, metadata));
        let conditional = conditional_rules(network, metadata).unwrap();
        for number in 0..1024 {
            // The others never look at their arguments.
            let values = if conditional.contains_key(&number.into()) { &values[..] } else { &values[..1] };
            for (first, second) in
                values.iter().flat_map(|first| values.iter().map(|second| (*first, *second)))
            {
                let call = Call { number, machine: machine(), arguments: [first, second, 0, 0, 0, 0] };
                let expected =
                    if i64::from(number) == libc::SYS_clone3 { ABSENT } else { verdict(&chain, call) };
                assert_eq!(verdict(tree, call), expected, "{network:?} {metadata:?} {call:x?}");
            }
        }
    }
}

#[test]
fn other_numbers_and_other_machines_are_not_let_through() {
    let killed = 0x8000_0000;
    for (network, metadata) in every_kind() {
        let tree = program(network, metadata).unwrap();
        let of = |number, machine| verdict(tree, Call { number, machine, arguments: [0; 6] });
        assert_eq!(of(X32_BIT - 1, machine()), ALLOW);
        if cfg!(target_arch = "x86_64") {
            for number in [X32_BIT, X32_BIT | 1, X32_BIT | libc::SYS_ptrace as u32, u32::MAX] {
                assert_eq!(of(number, machine()), ABSENT, "{number:#x}");
            }
        }
        assert_eq!(of(libc::SYS_read as u32, machine() ^ 1), killed);
    }
}

/// What the kernel does when a filter is installed is this search for each number there is.
#[test]
fn a_call_is_decided_in_a_few_steps() {
    for (network, metadata) in every_kind() {
        let tree = program(network, metadata).unwrap();
        assert!(tree.len() < 512, "{network:?} {metadata:?}: {}", tree.len());
    }
}
