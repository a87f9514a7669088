# Recipes for people and for CI; `just --list` names them.

# Format every crate.
fmt:
    cargo fmt --all

# Formatting and clippy, as CI runs them.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings

# All tests. With arguments: `just test -p codex-core`.
test *ARGS:
    cargo test --workspace --locked {{ARGS}}

# The house rules: arrows, sizes, headers, top level.
tidy:
    cargo test -q -p codex-tidy --locked

# Licences, bans and sources of dependencies (needs cargo-deny).
deny:
    cargo deny --locked check bans licenses sources

# Every statement of docs/conformance/statements.tsv with its tests; fails while one of the present scope has none.
conformance *ARGS:
    cargo run -q --locked -p codex-xtask -- conformance {{ARGS}}

# The bench table; with the path of the official binary, beside it: `just bench /path/to/codex`.
bench OFFICIAL="" *ARGS:
    cargo build --release --locked
    cargo run -q --release --locked -p codex-xtask -- bench --ours target/release/codex {{ if OFFICIAL == "" { "" } else { "--official " + OFFICIAL } }} {{ARGS}}

# What the sandbox adds to the start of a command on each rung; `--rounds N` starts of each kind, `--official PATH`.
bench-sandbox *ARGS:
    cargo build --release --locked
    cargo run -q --release --locked -p codex-xtask -- sandbox-cost {{ARGS}}

# Long forms of the randomised tests: link races against the sandbox, the shell reader against bash and dash.
fuzz ROUNDS="10000":
    FUZZ_ROUNDS={{ROUNDS}} cargo test -q -p codex-sandbox --test all --locked races
    FUZZ_ROUNDS={{ROUNDS}} cargo test -q -p codex-shell-syntax --test all --locked

# The recorded tour: no key, no network.
demo:
    cargo run --release --locked -- demo

# Screen pictures and generated tables of the documentation, anew from the terminal UI.
pictures:
    UPDATE_PICTURES=1 cargo test -q -p codex-tui --lib --locked ui_tests::docs

# Everything CI checks.
ci:
    .ci/run

# Record the demo's cassette anew, after the base instructions or a tool's spec changed.
demo-cassette:
    cargo build --locked
    cargo run -q --locked -p codex-xtask -- demo-cassette
