//! The text of one block as spans: emphasis, code spans, links, breaks.
//! Invariant: every text passes through `clean_text`, whatever escapes and entities it was written with.

use std::sync::Arc;

use super::look::{MdLook, MdSpan, Role};
use crate::text::{clean_text, safe_url, web_addresses};

/// Whether the address of a link is shown behind its text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum LinkUrls {
    /// Unless it is the text.
    #[default]
    Shown,
    /// The terminal shows it.
    #[cfg_attr(not(test), expect(dead_code, reason = "for terminals that take links (OSC 8)"))]
    Hidden,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Emphasis {
    Bold,
    Italic,
    Strike,
}

#[derive(Debug, Default)]
struct OpenLink {
    url: String,
    target: Option<Arc<str>>,
    /// Spans before the text of the link.
    from: usize,
}

/// Collects the spans of a block.
#[derive(Debug, Default)]
pub(super) struct Inline {
    spans: Vec<MdSpan>,
    /// What plain text is here: a heading, a quote, a table head.
    pub(super) base: Role,
    bold: usize,
    italic: usize,
    strike: usize,
    links: Vec<OpenLink>,
}

impl Inline {
    pub(super) fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The finished spans; what is still open stays open.
    pub(super) fn take(&mut self) -> Vec<MdSpan> {
        std::mem::take(&mut self.spans)
    }

    pub(super) fn begin(&mut self, emphasis: Emphasis) {
        *self.depth(emphasis) += 1;
    }

    pub(super) fn end(&mut self, emphasis: Emphasis) {
        let depth = self.depth(emphasis);
        *depth = depth.saturating_sub(1);
    }

    fn depth(&mut self, emphasis: Emphasis) -> &mut usize {
        match emphasis {
            Emphasis::Bold => &mut self.bold,
            Emphasis::Italic => &mut self.italic,
            Emphasis::Strike => &mut self.strike,
        }
    }

    /// Text as it was written; addresses in it lead where they say.
    pub(super) fn text(&mut self, text: &str) {
        if !self.links.is_empty() {
            return self.push(text, Role::Link);
        }
        let mut from = 0;
        for range in web_addresses(text) {
            self.push(text.get(from..range.start).unwrap_or_default(), self.base);
            from = range.end;
            let url = text.get(range).unwrap_or_default();
            self.begin_link(url);
            self.push(url, Role::Link);
            self.links.pop();
        }
        self.push(text.get(from..).unwrap_or_default(), self.base);
    }

    /// Text in a role of its own.
    pub(super) fn push(&mut self, text: &str, role: Role) {
        let look = MdLook { role, bold: self.bold > 0, italic: self.italic > 0, strike: self.strike > 0 };
        let link = self.links.last().and_then(|link| link.target.clone());
        if text.is_empty() {
            return;
        }
        let text = clean_text(text);
        match self.spans.last_mut() {
            Some(last) if last.look == look && last.link == link => last.text.push_str(&text),
            _ => self.spans.push(MdSpan { link, ..MdSpan::new(text, look) }),
        }
    }

    pub(super) fn begin_link(&mut self, url: &str) {
        let from = self.spans.len();
        // An address that hides something is shown, but leads nowhere.
        let target = safe_url(url).map(Arc::from);
        self.links.push(OpenLink { url: url.to_owned(), target, from });
    }

    pub(super) fn end_link(&mut self, urls: LinkUrls) {
        let Some(link) = self.links.pop() else { return };
        let text: String =
            self.spans.get(link.from..).unwrap_or_default().iter().map(|span| span.text.as_str()).collect();
        let bare = link.url.strip_prefix("mailto:").unwrap_or(&link.url);
        if text.is_empty() {
            self.links.push(link);
            let url = self.links.last().map(|link| link.url.clone()).unwrap_or_default();
            self.push(&url, Role::Link);
            self.links.pop();
        } else if urls == LinkUrls::Shown && text != bare && text != link.url && !link.url.is_empty() {
            self.push(&format!(" ({})", link.url), Role::Url);
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn an_address_that_hides_something_leads_nowhere() {
        for (url, target) in [
            ("https://example.org/a", Some("https://example.org/a")),
            ("https://example.org/\u{1b}]8;;evil", None),
            ("https://exa\u{202e}mple.org", None),
            ("a b", None),
        ] {
            let mut inline = Inline::default();
            inline.begin_link(url);
            inline.text("x");
            inline.end_link(LinkUrls::Hidden);
            assert_eq!(inline.take()[0].link.as_deref(), target, "{url:?}");
        }
    }
}
