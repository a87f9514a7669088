//! `bench --only decision`: what it costs to judge a command before it runs, with many rules. In this process: the cost
//! is too small to be seen from outside of a run.

use std::path::Path;
use std::time::{Duration, Instant};

use codex_execpolicy::load_text;
use codex_protocol::ApprovalPolicy;
use codex_tools::{Asked, explain};

/// Rules of a person who has answered many questions.
const RULES: usize = 500;

/// Judgements of each script.
const ROUNDS: usize = 500;

/// Scripts of the kinds that models write.
const SCRIPTS: [&str; 6] = [
    "ls -la",
    "git status --short && git diff --stat",
    "rg -n 'fn main' crates | head -50; sed -n '1,200p' crates/cli/src/main.rs",
    "cd crates/tools && cargo test --lib -- judgement 2>&1 | tail -30",
    "for f in $(git ls-files '*.rs'); do wc -l \"$f\"; done | sort -n | tail",
    "rm -rf target/tmp && mkdir -p target/tmp && cat > target/tmp/a.py <<'EOF'\nimport os\nprint(os.getcwd())\nEOF\npython3 target/tmp/a.py",
];

/// One row: the median and the worst script's median.
pub(crate) fn row() -> anyhow::Result<String> {
    let text: String =
        (0..RULES).map(|at| format!("prefix_rule(pattern=[\"tool{at}\", \"run\"])\n")).collect();
    let rules = load_text(Path::new("bench.rules"), &text)?;
    let mut medians = Vec::new();
    for script in SCRIPTS {
        let argv = ["/bin/bash", "-lc", script].map(str::to_owned);
        let asked = Asked {
            script,
            argv: &argv,
            escalated: false,
            prefix_rule: None,
            known_shell: true,
            unsandboxed: false,
            approval: ApprovalPolicy::OnRequest,
        };
        let mut times: Vec<Duration> = (0..ROUNDS)
            .map(|_| {
                let started = Instant::now();
                std::hint::black_box(explain(&asked, &rules));
                started.elapsed()
            })
            .collect();
        times.sort();
        medians.push(times[ROUNDS / 2]);
    }
    medians.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    Ok(format!(
        "| decision about a command, {RULES} rules: median, slowest script | {:.3} ms, {:.3} ms | promised <= 1 ms |",
        ms(medians[medians.len() / 2]),
        ms(medians[medians.len() - 1]),
    ))
}
