//! Every way a command can be judged.

use std::path::Path;

use codex_execpolicy::load_text;
use codex_protocol::GranularApproval;
use pretty_assertions::assert_eq;

use super::*;

const RULES: &str = r#"
prefix_rule(pattern=["touch"])
prefix_rule(pattern=["ls"])
prefix_rule(pattern=["git", "push"], decision="prompt", justification="goes out")
prefix_rule(pattern=["git", "reset"], decision="forbidden", justification="never reset")
"#;

fn rules() -> ExecPolicy {
    load_text(Path::new("test.rules"), RULES).unwrap()
}

fn argv(script: &str) -> Vec<String> {
    ["/bin/bash", "-lc", script].map(str::to_owned).to_vec()
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

/// In the sandbox, without escalation.
fn under(approval: ApprovalPolicy, script: &str) -> Judgement {
    let argv = argv(script);
    let asked = Asked {
        script,
        argv: &argv,
        escalated: false,
        prefix_rule: None,
        known_shell: true,
        unsandboxed: false,
        approval,
    };
    judge(&asked, &rules())
}

fn on_request(script: &str) -> Judgement {
    under(ApprovalPolicy::OnRequest, script)
}

fn escalated(script: &str, prefix: Option<&str>) -> Judgement {
    let (argv, prefix) = (argv(script), prefix.map(words));
    let asked = Asked {
        script,
        argv: &argv,
        escalated: true,
        prefix_rule: prefix.as_deref(),
        known_shell: true,
        unsandboxed: false,
        approval: ApprovalPolicy::OnRequest,
    };
    judge(&asked, &rules())
}

fn granular(rules: bool, sandbox_approval: bool) -> ApprovalPolicy {
    ApprovalPolicy::Granular(GranularApproval {
        sandbox_approval,
        rules,
        mcp_elicitations: false,
        request_permissions: false,
        skill_approval: false,
    })
}

const KEPT: Judgement = Judgement::Run(AskedSandbox::Kept);
const LEFT: Judgement = Judgement::Run(AskedSandbox::Left);

fn refusal(script: &str, why: &str) -> Judgement {
    Judgement::Refuse(format!(
        "exec_command failed: CreateProcess {{ message: \"Rejected(\\\"`/bin/bash -lc '{script}'` rejected: {why}\\\")\" }}"
    ))
}

// covers: safety S23
#[test]
fn an_allow_rule_lets_out_only_what_it_covers_whole() {
    assert_eq!(on_request("touch /x"), LEFT);
    assert_eq!(on_request("touch /x && ls -l | ls; touch y"), LEFT);
    for script in [
        "touch /x && cat y",
        "touch /x > y",
        "touch $(cat y)",
        "A=1 touch x",
        "touch x &",
        "(touch x)",
        "cat",
    ] {
        assert_eq!(on_request(script), KEPT, "{script}");
    }
}

// covers: safety S22
#[test]
fn a_forbidden_part_refuses_the_whole_command() {
    let told = refusal("echo a && git reset b", "never reset");
    assert_eq!(on_request("echo a && git reset b"), told);
    assert_eq!(under(ApprovalPolicy::Never, "echo a && git reset b"), told);
    // Also where the script is more than plain words.
    for script in
        ["(git reset)", "for i in a; do git reset $i; done", "echo $(git reset)", "git reset > /dev/null"]
    {
        assert_eq!(on_request(script), refusal(script, "never reset"), "{script}");
    }
}

// threat 15
#[test]
fn rules_that_limit_see_through_wrappers() {
    let asked =
        Judgement::Ask { sandbox: AskedSandbox::Kept, rule: None, reason: Some("goes out".to_owned()) };
    for script in [
        "env A=1 git push",
        "bash -c \"cd x && git push\"",
        "ls | xargs git push",
        "find . -exec git push {} +",
        "eval \"git push\"",
        "nohup timeout 5 sh -c \"sudo git push\"",
        "touch a && nice git push",
    ] {
        assert_eq!(on_request(script), asked, "{script}");
    }
    assert_eq!(on_request("env git reset"), refusal("env git reset", "never reset"));
    // An allow rule says nothing about what a wrapper starts.
    assert_eq!(on_request("env ls"), KEPT);
    let hidden = format!("{}ls", "nohup ".repeat(9));
    assert!(matches!(on_request(&hidden), Judgement::Ask { rule: None, reason: Some(_), .. }));
}

// covers: safety S24
#[test]
fn a_prompt_rule_asks_or_refuses() {
    let asked =
        Judgement::Ask { sandbox: AskedSandbox::Kept, rule: None, reason: Some("goes out".to_owned()) };
    assert_eq!(on_request("git push origin"), asked);
    assert_eq!(under(granular(true, false), "git push origin"), asked);
    assert_eq!(
        under(ApprovalPolicy::Never, "git push origin"),
        Judgement::Refuse(
            "exec_command failed: CreateProcess { message: \"Rejected(\\\"approval required by policy, but \
             AskForApproval is set to Never\\\")\" }"
                .to_owned()
        ),
    );
    assert_eq!(
        under(granular(false, true), "ls && git push"),
        Judgement::Refuse(
            "exec_command failed: CreateProcess { message: \"Rejected(\\\"approval required by policy rule, but \
             AskForApproval::Granular.rules is false\\\")\" }"
                .to_owned()
        ),
    );
}

// covers: safety S18
#[test]
fn removal_by_force_is_asked_about_in_every_mode() {
    let script = "cd a && rm -rf x";
    let offered = Some(words("cd a"));
    let asked = |sandbox, rule| Judgement::Ask { sandbox, rule, reason: None };
    assert_eq!(on_request(script), asked(AskedSandbox::Kept, offered));
    assert_eq!(under(granular(false, false), script), asked(AskedSandbox::Kept, None));
    assert_eq!(
        under(ApprovalPolicy::Never, "rm -rf x"),
        refusal("rm -rf x", "removal by force needs a person'\"'\"'s consent").map_quotes(),
    );
    let argv = argv("rm -rf x");
    let free = Asked {
        script: "rm -rf x",
        argv: &argv,
        escalated: false,
        prefix_rule: None,
        known_shell: true,
        unsandboxed: true,
        approval: ApprovalPolicy::OnRequest,
    };
    assert_eq!(judge(&free, &rules()), asked(AskedSandbox::Kept, Some(words("rm -rf x"))));
}

impl Judgement {
    /// The helper above writes a reason as the shell would quote it.
    fn map_quotes(self) -> Self {
        match self {
            Self::Refuse(text) => Self::Refuse(text.replace("'\"'\"'", "'")),
            other => other,
        }
    }
}

#[test]
fn leaving_the_sandbox_is_a_question() {
    let asked =
        |rule: Vec<String>| Judgement::Ask { sandbox: AskedSandbox::Left, rule: Some(rule), reason: None };
    assert_eq!(escalated("cargo fetch", Some("cargo")), asked(words("cargo")));
    assert_eq!(escalated("cargo fetch", None), asked(words("cargo fetch")));
    assert_eq!(escalated("git fetch", Some("git fetch")), asked(words("git fetch")));
    assert!(matches!(under(granular(true, false), "cargo"), Judgement::Run(AskedSandbox::Kept)));
    // An allow rule needs no question.
    assert_eq!(escalated("touch x", None), LEFT);
}

// covers: safety S21
#[test]
fn what_is_too_broad_is_not_offered() {
    let offered = |script, prefix| match escalated(script, Some(prefix)) {
        Judgement::Ask { rule, .. } => rule,
        other => panic!("{other:?}"),
    };
    assert_eq!(offered("python3 x.py", "python3"), Some(words("python3 x.py")));
    assert_eq!(offered("git log", "git"), Some(words("git log")));
    assert_eq!(offered("npm test; npm run x", "npm test"), Some(words("npm test")));
    assert_eq!(offered("npm test", "npm run"), Some(words("npm test")));
    assert_eq!(offered("cat <<X\na\nX", "cat"), Some(argv("cat <<X\na\nX")));
    // A rule for these would be one for everything they can start.
    for bare in ["sh", "/bin/bash -i", "python3", "sudo -s", "git"] {
        assert_eq!(offered(bare, bare), None, "{bare}");
    }
}

// covers: safety S17
#[test]
fn untrusted_asks_about_everything() {
    for script in ["cat x", "pwd", "git status"] {
        assert!(matches!(under(ApprovalPolicy::Untrusted, script), Judgement::Ask { .. }), "{script}");
    }
}

#[test]
fn an_explanation_names_parts_rules_and_places() {
    let argv = argv("echo $x; git push origin && rm -f y");
    let asked = Asked {
        script: "echo $x; git push origin && rm -f y",
        argv: &argv,
        escalated: false,
        prefix_rule: None,
        known_shell: true,
        unsandboxed: false,
        approval: ApprovalPolicy::OnRequest,
    };
    let goes_out = RuleSeen {
        decision: Decision::Prompt,
        prefix: words("git push"),
        place: "test.rules:4".to_owned(),
        justification: Some("goes out".to_owned()),
    };
    let part =
        |text, known, rules| Part { words: words(text), known, rules, starts: Vec::new(), is_hidden: false };
    let expected = Explanation {
        reading: Reading::Compound,
        parts: vec![
            part("echo $x", 1, Vec::new()),
            part("git push origin", 3, vec![goes_out]),
            part("rm -f y", 3, Vec::new()),
        ],
        whole: Vec::new(),
        dangerous: true,
        judgement: Judgement::Ask {
            sandbox: AskedSandbox::Kept,
            rule: None,
            reason: Some("goes out".to_owned()),
        },
    };
    assert_eq!(explain(&asked, &rules()), expected);
}

// threat 15
#[test]
fn what_is_over_a_limit_is_never_let_out() {
    let many = vec!["touch x"; 10_000].join("; ");
    assert_eq!(on_request("touch x; touch x"), LEFT);
    assert_eq!(on_request(&many), KEPT);
    let long = format!("touch {}", "x".repeat(300 * 1024));
    assert_eq!(on_request(&long), KEPT);
    assert!(matches!(on_request(&format!("{many}; rm -rf y")), Judgement::Ask { .. }));
}

// threat 4
#[test]
fn no_program_leaves_the_sandbox_unasked_but_by_a_rule() {
    for script in [
        "rg --pre=./evil x",
        "rg --search-zip x",
        "find . -exec ./evil {} +",
        "find . -fprint0 /etc/x",
        "sed -n 1e,id",
        "sed 's/x/id/e' a",
        "git -c core.pager=./evil log",
        "git --exec-path=. status",
        "tar --to-command=./evil -xf a.tar",
        "sort --compress-program=./evil a",
        "awk 'BEGIN { system(1) }'",
        "less +!id a",
        "env ./evil",
        "xargs -a files ./evil",
        "man -P ./evil x",
        "cat a",
    ] {
        assert_eq!(on_request(script), KEPT, "{script}");
        assert!(matches!(under(ApprovalPolicy::Untrusted, script), Judgement::Ask { .. }), "{script}");
    }
}

// threat 8
#[test]
fn nothing_is_carried_out_by_a_command_that_a_rule_allows() {
    for script in [
        "touch $(./evil)",
        "touch `./evil`",
        "touch \"$(./evil)\"",
        "touch <(./evil)",
        "touch >(./evil)",
        "touch ${x:=$(./evil)}",
        "touch $((a[$(./evil)]))",
        "touch x; ./evil",
        "touch x\n./evil",
        "touch x\r\n./evil",
        "touch x \\\n; ./evil",
        "touch x # y\n./evil",
        "touch x & ./evil",
        "touch x | ./evil",
        "touch x |& ./evil",
        "touch x && ./evil",
        "touch x || ./evil",
        "touch x > .git/hooks/pre-commit",
        "touch x >! .zshrc",
        "touch 'x' ''; ./evil",
        "touch \"x\";./evil",
        "touch {x,$(./evil)}",
        "touch x <<< $(./evil)",
        "touch <<X\n$(./evil)\nX",
        "PATH=. touch x",
        "PROMPT_COMMAND=./evil touch x",
        "eval touch x",
        "touch() { ./evil; }; touch x",
        "alias touch=./evil\ntouch x",
        "function touch { ./evil; }\ntouch x",
        "touch x \u{0} ./evil",
        "t\u{f6}uch x",
    ] {
        assert_ne!(on_request(script), LEFT, "{script:?}");
    }
}

// threat 8
#[test]
fn no_rule_lets_an_unknown_shell_out_of_the_sandbox() {
    let argv = ["/workspace/bash", "-lc", "git fetch"].map(str::to_owned);
    let asked = |known_shell| Asked {
        script: "git fetch",
        argv: &argv,
        escalated: false,
        prefix_rule: None,
        known_shell,
        unsandboxed: false,
        approval: ApprovalPolicy::OnRequest,
    };
    let rules = load_text(Path::new("t.rules"), "prefix_rule(pattern=[\"git\", \"fetch\"])").unwrap();
    assert_eq!(judge(&asked(true), &rules), Judgement::Run(AskedSandbox::Left));
    assert_eq!(judge(&asked(false), &rules), Judgement::Run(AskedSandbox::Kept));
}

// threat 14
#[test]
fn what_is_plain_to_one_shell_is_not_to_another() {
    let rules =
        load_text(Path::new("t.rules"), "prefix_rule(pattern=[\"echo\"])\nprefix_rule(pattern=[\"=id\"])")
            .unwrap();
    let judged = |shell: &str, script: &str| {
        let argv = [shell, "-lc", script].map(str::to_owned);
        let asked = Asked {
            script,
            argv: &argv,
            escalated: false,
            prefix_rule: None,
            known_shell: true,
            unsandboxed: false,
            approval: ApprovalPolicy::OnRequest,
        };
        judge(&asked, &rules)
    };
    // To fish the second quote is part of the first word, and what follows is a command.
    let hidden = "echo 'a\\' '; id; echo '\\''b'";
    for shell in ["/bin/bash", "/bin/zsh"] {
        assert_eq!(judged(shell, "echo 'a b'"), Judgement::Run(AskedSandbox::Left), "{shell}");
    }
    assert_eq!(judged("/usr/bin/fish", "echo 'a b'"), Judgement::Run(AskedSandbox::Left));
    assert_eq!(judged("/usr/bin/fish", hidden), Judgement::Run(AskedSandbox::Kept));
    assert_eq!(judged("/bin/zsh", "echo =id"), Judgement::Run(AskedSandbox::Kept));
}
