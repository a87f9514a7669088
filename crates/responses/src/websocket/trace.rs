//! The trace a request belongs to, when whoever started this program has one (W3C Trace Context). It is handed on as it
//! is: nothing here makes spans, so there is none of ours to name. Anything malformed counts as absent.

use codex_auth::Env;

/// The standard lets a receiver drop what is longer.
const STATE_BYTES_MAX: usize = 512;

/// What the environment says about the trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TraceContext {
    /// `TRACEPARENT`.
    pub(crate) parent: String,
    /// `TRACESTATE`.
    pub(crate) state: Option<String>,
}

impl TraceContext {
    /// The trace of the environment.
    pub(crate) fn of(env: &Env) -> Option<Self> {
        let parent = env.var("TRACEPARENT").filter(|value| is_parent(value))?;
        let printable = |value: &String| value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        let state = env.var("TRACESTATE").filter(|value| value.len() <= STATE_BYTES_MAX && printable(value));
        Some(Self { parent, state })
    }
}

/// `VERSION-TRACE-SPAN-FLAGS` in lower-case hexadecimal; later versions may append to it.
fn is_parent(value: &str) -> bool {
    let mut parts = value.split('-');
    let mut next = |digits: usize| {
        let lower = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        parts.next().filter(|part| part.len() == digits && part.bytes().all(lower))
    };
    let (version, trace, span, flags) = (next(2), next(32), next(16), next(2));
    let (Some(version), Some(trace), Some(span), Some(_)) = (version, trace, span, flags) else {
        return false;
    };
    let is_zero = |id: &str| id.bytes().all(|byte| byte == b'0');
    let is_other_form = version == "ff" || version == "00" && parts.next().is_some();
    !(is_other_form || is_zero(trace) || is_zero(span))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn of(pairs: &[(&str, &str)]) -> Option<TraceContext> {
        TraceContext::of(&Env::of(pairs.iter().copied()))
    }

    #[test]
    fn a_trace_is_handed_on_as_it_is() {
        let plain = TraceContext { parent: PARENT.to_owned(), state: None };
        assert_eq!(of(&[("TRACEPARENT", PARENT)]), Some(plain.clone()));
        let stated = TraceContext { state: Some("vendor=1".to_owned()), ..plain.clone() };
        assert_eq!(of(&[("TRACEPARENT", PARENT), ("TRACESTATE", "vendor=1")]), Some(stated));
        assert_eq!(of(&[("TRACEPARENT", PARENT), ("TRACESTATE", "a\u{1b}=1")]), Some(plain));
        assert_eq!(of(&[("TRACESTATE", "vendor=1")]), None);
    }

    #[test]
    fn what_is_no_trace_is_left_out() {
        for wrong in [
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        ] {
            assert_eq!(of(&[("TRACEPARENT", wrong)]), None, "{wrong}");
        }
        assert!(
            of(&[("TRACEPARENT", "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more")]).is_some()
        );
    }
}
