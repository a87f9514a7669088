//! What is dangerous and what is not, spelling by spelling.

use super::is_dangerous;

// covers: safety S18
#[test]
fn removing_by_force_is_seen_in_every_spelling() {
    let dangerous = [
        "rm -rf x",
        "rm -f x",
        "rm -r -f x",
        "rm --recursive --force x",
        "rm --forc x",
        "rm x -f",
        "/bin/rm -fr x",
        "sudo rm -rf x",
        "sudo -u root rm -rf x",
        "env A=1 rm -rf x",
        "env -u A B=2 /usr/bin/rm -f x",
        "bash -c 'rm -rf x'",
        "sh -lc \"cd /tmp && rm -rf x\"",
        "bash -c \"bash -c 'rm -rf x'\"",
        "true && rm -rf x",
        "ls | rm -f x",
        "ls; rm -rf x; ls",
        "(rm -rf x)",
        "for i in a b; do rm -rf $i; done",
        "echo $(rm -rf x)",
        "A=1 rm -rf x > /dev/null",
        "r\\m -rf x",
        "'rm' -rf x",
        "r''m -rf x",
        "rm \"-rf\" x",
        "rm {-r,-f} x",
        "timeout 5 rm -rf x",
        "nohup nice -n 5 rm -rf x &",
        "if true; then rm -rf x; fi",
        "f() { rm -rf x; }; f",
        "rm -rf \"$HOME\"",
        "rm -rf x; echo 'unclosed",
    ];
    for script in dangerous {
        assert!(is_dangerous(script), "{script} is not seen");
    }
}

#[test]
fn other_commands_are_not_dangerous() {
    let harmless = [
        "rm x",
        "rm -r x",
        "rm -i x",
        "rm -- -f",
        "echo rm -rf x",
        "git reset --hard",
        "git clean -fdx",
        "git push --force",
        "find . -delete",
        "xargs rm -rf",
        "grep -rf patterns .",
        "chmod -R 777 .",
        "farm -f x",
        "",
        "echo 'unclosed",
    ];
    for script in harmless {
        assert!(!is_dangerous(script), "{script} is taken for dangerous");
    }
}

// threat 15
#[test]
fn a_limit_never_hides_a_command() {
    let many = "true && ".repeat(10_000) + "rm -rf x";
    assert!(is_dangerous(&many));
    let long = format!("echo {} ; rm -rf x", "a".repeat(300_000));
    assert!(is_dangerous(&long));
    let mut nested = "rm -rf x".to_owned();
    for _ in 0..20 {
        nested = format!("sudo {nested}");
    }
    assert!(is_dangerous(&nested));
}
