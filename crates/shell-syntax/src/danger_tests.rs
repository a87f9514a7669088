//! What is dangerous and what is not, spelling by spelling.

use super::is_dangerous;
use crate::Dialect;

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
        "sh -c \"rm -rf $x\"",
        "bash -c \"cd $x && rm -rf \\\"$y\\\"\"",
        "eval \"rm -rf $x\"",
        "trap 'rm -rf x' EXIT",
        "su - me -c 'rm -rf x'",
        "busybox rm -rf x",
        "watch -n 1 'rm -rf x'",
        "flock lock rm -rf x",
        "fish -c 'rm -rf x'",
        "$'\\x72m' -rf x",
        "rm >log -rf x",
        "r\\\nm -rf x",
        "cat <<-E\n\t$(rm -rf x)\n\tE",
        "sh <<E\nrm -rf x\nE",
        "sh -s <<< 'rm -rf x'",
        "echo `$'\\\\x72m' -rf x`",
    ];
    for script in dangerous {
        assert!(is_dangerous(Dialect::Posix, script), "{script} is not seen");
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
        "r=rm; for f in *; do $r $f; done; echo -f",
        "cat > x.sh <<'E'\nrm -rf build\nE",
        "git commit -m \"$(cat <<'E'\nrm -rf is gone\nE\n)\"",
        "echo \"rm -rf $x\"",
        "grep -rn 'rm -f' . | head -n 5",
        "npm run build 2>&1 | tail -n 5; rm out.log",
        "rm $x && tar -xf $y",
        "",
        "echo 'unclosed",
    ];
    for script in harmless {
        assert!(!is_dangerous(Dialect::Posix, script), "{script} is taken for dangerous");
    }
}

// threat 14
#[test]
fn other_shells_have_other_spellings() {
    let fish = [
        "\\x72m -rf x",
        "\\162m -rf x",
        "begin; rm -rf x; end",
        "if true; rm -rf x; end",
        "and rm -rf x",
        "not rm -rf x",
        "echo (rm -rf x)",
        "echo 'a\\'; rm -rf x; echo 'b",
        "while true; rm -rf x; end",
        "function f; rm -rf x; end; f",
    ];
    for script in fish {
        assert!(is_dangerous(Dialect::Fish, script), "{script} is not seen");
    }
    let zsh = [
        "=rm -rf x",
        "noglob rm -rf x",
        "nocorrect rm -rf x",
        "- rm -rf x",
        "repeat 1 rm -rf x",
        "foreach i (a b) rm -rf $i; end",
        "for i (a b) rm -rf $i",
        "{ rm -rf x } always { true }",
        "() { rm -rf x }",
        "if [[ -n a ]] rm -rf x",
        "rm -rf x >! y",
        "rm -rf x &!",
    ];
    for script in zsh {
        assert!(is_dangerous(Dialect::Zsh, script), "{script} is not seen");
    }
    assert!(!is_dangerous(Dialect::Fish, "git commit -m 'rm -rf is gone'"));
}

// threat 15
#[test]
fn a_limit_never_hides_a_command() {
    let many = "true && ".repeat(10_000) + "rm -rf x";
    assert!(is_dangerous(Dialect::Posix, &many));
    let long = format!("echo {} ; rm -rf x", "a".repeat(300_000));
    assert!(is_dangerous(Dialect::Posix, &long));
    // The cost of the grammar is not linear: thousands of open documents would take minutes.
    for opening in ["<<E\n", "$(", "`", "${a:-", "\"$(", "case a in ", "[[ "] {
        let started = std::time::Instant::now();
        let script = opening.repeat(256 * 1024 / opening.len() - 10) + "rm -rf x";
        assert!(is_dangerous(Dialect::Posix, &script), "{opening}");
        assert!(started.elapsed().as_secs() < 30, "{opening} took {:?}", started.elapsed());
    }
    let mut nested = "rm -rf x".to_owned();
    for _ in 0..20 {
        nested = format!("sudo {nested}");
    }
    assert!(is_dangerous(Dialect::Posix, &nested));
}
