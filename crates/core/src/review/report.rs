//! A reviewer's answer: read leniently, and written out for people and for the model (`exec.md §4, §9`). Pure.

use codex_protocol::{ReviewOutput, ReviewTarget};

/// Stands for a review that gave nothing.
pub(crate) const UNFINISHED: &str = "The review did not come to its end. Run it again to get its findings.";

/// What a reviewer said. The object may stand alone or within other text; text without one is all explanation.
pub(crate) fn read_output(text: &str) -> Option<ReviewOutput> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let inner = match (text.find('{'), text.rfind('}')) {
        (Some(start), Some(end)) if start < end => &text[start..=end],
        _ => text,
    };
    let read = serde_json::from_str(text).or_else(|_| serde_json::from_str(inner));
    let explained = || ReviewOutput { overall_explanation: text.to_owned(), ..ReviewOutput::default() };
    Some(read.unwrap_or_else(|_| explained()))
}

/// The review as a person reads it.
pub(crate) fn text(output: &ReviewOutput) -> String {
    let mut parts = Vec::new();
    let explanation = output.overall_explanation.trim();
    if !explanation.is_empty() {
        parts.push(explanation.to_owned());
    }
    match output.findings.len() {
        0 => {}
        1 => parts.push("Review comment:".to_owned()),
        _ => parts.push("Full review comments:".to_owned()),
    }
    for finding in &output.findings {
        let place = &finding.code_location;
        let (start, end) = (place.line_range.start, place.line_range.end);
        let path = place.absolute_file_path.display();
        let mut part = format!("- {} — {path}:{start}-{end}", finding.title);
        for line in finding.body.lines() {
            part.push_str("\n  ");
            part.push_str(line);
        }
        parts.push(part);
    }
    if parts.is_empty() {
        return "The reviewer found nothing to report.".to_owned();
    }
    parts.join("\n\n")
}

/// What the model of the thread is told, so that the person can have the findings dealt with.
pub(crate) fn told(target: &ReviewTarget, output: Option<&ReviewOutput>) -> String {
    let results = output.map_or_else(|| UNFINISHED.to_owned(), text);
    format!(
        "<user_action>\n  <context>The user had another agent review: {}. Nothing was changed by it. The user may now \
         ask to have findings explained or dealt with.</context>\n  <action>review</action>\n  \
         <results>\n{results}\n  </results>\n</user_action>",
        target.hint()
    )
}

#[cfg(test)]
mod tests {
    use codex_protocol::{CodeLocation, LineRange, ReviewFinding};
    use pretty_assertions::assert_eq;

    use super::*;

    fn finding(title: &str, body: &str) -> ReviewFinding {
        ReviewFinding {
            title: title.to_owned(),
            body: body.to_owned(),
            confidence_score: 0.9,
            priority: 1,
            code_location: CodeLocation {
                absolute_file_path: "/x/a.txt".into(),
                line_range: LineRange { start: 1, end: 3 },
            },
        }
    }

    #[test]
    fn an_object_is_read_alone_and_within_other_text() {
        let output = ReviewOutput {
            findings: vec![finding("T", "B")],
            overall_correctness: "patch is incorrect".to_owned(),
            overall_explanation: "ex".to_owned(),
            overall_confidence_score: 0.8,
        };
        let json = serde_json::to_string(&output).unwrap();
        assert_eq!(read_output(&json), Some(output.clone()));
        assert_eq!(read_output(&format!("Sure:\n```json\n{json}\n```\n")), Some(output));
        let without = json.replace("\"confidence_score\":0.9,\"priority\":1,", "\"priority\":null,");
        let read = read_output(&without).unwrap();
        assert_eq!((read.findings[0].priority, read.findings[0].confidence_score), (0, 0.0));
    }

    #[test]
    fn other_text_is_the_explanation() {
        for text in ["All fine.", "{\"findings\": 3}", "} {", "{\"overall_explanation\":\"x\"}"] {
            let expected = ReviewOutput { overall_explanation: text.to_owned(), ..ReviewOutput::default() };
            assert_eq!(read_output(text), Some(expected), "{text}");
        }
        assert_eq!(read_output(" \n"), None);
    }

    #[test]
    fn findings_are_a_list_below_the_explanation() {
        let mut output = ReviewOutput { overall_explanation: "ex\n".to_owned(), ..ReviewOutput::default() };
        assert_eq!(text(&output), "ex");
        output.findings.push(finding("[P1] T", "B line1\nline2"));
        assert_eq!(text(&output), "ex\n\nReview comment:\n\n- [P1] T — /x/a.txt:1-3\n  B line1\n  line2");
        output.findings.push(finding("U", ""));
        assert_eq!(
            text(&output),
            "ex\n\nFull review comments:\n\n- [P1] T — /x/a.txt:1-3\n  B line1\n  line2\n\n- U — /x/a.txt:1-3"
        );
        assert_eq!(text(&ReviewOutput::default()), "The reviewer found nothing to report.");
    }
}
