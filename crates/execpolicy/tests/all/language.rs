//! The part of the language that rules files use.

use codex_execpolicy::{Decision, HostExecutables};
use pretty_assertions::assert_eq;

use crate::{argv, rules};

#[test]
fn functions_loops_and_comprehensions_work_at_the_top_level() {
    let policy = rules(
        r#"
TOOLS = ["cargo", "npm"]
def allow(tool, *verbs, decision = "allow"):
    for verb in verbs:
        if verb.startswith("_"):
            continue
        prefix_rule(pattern = [tool, verb], decision = decision)

[allow(tool, "build", "test", "_hidden") for tool in TOOLS if tool != "none"]
for sub in ("push", "reset"):
    prefix_rule(["git", sub], "forbidden" if sub == "reset" else "prompt", justification = "%s by hand" % sub)
names = {"a": ["x", "y"]}
for name, verbs in names.items():
    prefix_rule(pattern = [name, verbs])
allow("make", decision = "prompt", *["all"])
"#,
    )
    .expect("rules");
    let decide = |command: &str| policy.decide(&argv(command), HostExecutables::Literal);
    assert_eq!(decide("cargo build --release"), Some(Decision::Allow));
    assert_eq!(decide("npm test"), Some(Decision::Allow));
    assert_eq!(decide("npm _hidden"), None);
    assert_eq!(decide("git push"), Some(Decision::Prompt));
    assert_eq!(decide("git reset --hard"), Some(Decision::Forbidden));
    assert_eq!(decide("a y"), Some(Decision::Allow));
    assert_eq!(decide("a z"), None);
    assert_eq!(decide("make all"), Some(Decision::Prompt));
    let reset = policy.prefix_rules().iter().find(|rule| rule.decision == Decision::Forbidden);
    assert_eq!(reset.and_then(|rule| rule.justification.as_deref()), Some("reset by hand"));
}

#[test]
fn values_behave_as_the_language_has_it() {
    let text = r#"
def check(is_true, what):
    if not is_true:
        fail(what)
check(len("abc") == 3 and len([1, 2]) == 2, "len")
check("a" in ["a"] and "b" not in ["a"] and "b" in "abc", "in")
check("-".join(["a", "b"]) == "a-b" and "a b".split() == ["a", "b"], "join and split")
check([1] + [2] == [1, 2] and (1,) + (2,) == (1, 2), "plus")
check({"a": 1}["a"] == 1 and {"a": 1}.get("b", 2) == 2, "dict")
check([x * y for x in [1, 2] for y in [3, 4] if x != y] == [3, 4, 6, 8], "comprehension")
check(7 // 2 == 3 and 7 % 3 == 1 and -1 < 0 and "a" < "b", "numbers")
check((None or "x") == "x" and ("" and "x") == "", "and or")
check("{}-{}".format("a", 1) == "a-1" and str([1, "a", None, True]) == '[1, "a", None, True]', "str")
x = [1]
y = x
y += [2]
y.append(3)
check(x == [1, 2, 3] and x[-1] == 3, "lists are shared")
def outer():
    def inner(z = 5):
        return z + 1
    return inner()
check(outer() == 6 and sorted(["b", "a"]) == ["a", "b"], "functions")
a, (b, c) = 1, (2, 3)
check(a + b + c == 6, "unpacking")
"#;
    rules(text).expect("all checks hold");
}
