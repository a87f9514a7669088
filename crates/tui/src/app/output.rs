//! The state to bytes: which painter, what goes to the scrollback, title and state report.

use ratatui::layout::Position;
use ratatui::text::Line;

use crate::draw::{Frame, activity, announcement, draw, inline_height, input_line, title};
use crate::screen::{FullscreenPainter, Ink, InlinePainter, LinearPainter, Pen, Reach, encode_line};
use crate::state::{Mode, State};
use crate::terminal::{ENTER_PAGE, LEAVE_PAGE};
use crate::text::one_line;
use crate::transcript::Stamp;

/// Everything that was told to the terminal.
#[derive(Debug)]
pub(crate) struct Output {
    mode: Mode,
    ink: Ink,
    full: FullscreenPainter,
    inline: InlinePainter,
    linear: LinearPainter,
    /// What was asked last, and the remark made last (linear mode).
    told: (Vec<String>, Option<String>),
    /// The alternate screen is on.
    page: bool,
    title: String,
    activity: &'static str,
    rows: u16,
}

impl Output {
    /// For a terminal that was just entered.
    pub(crate) fn new(mode: Mode, ink: impl Into<Ink>) -> Self {
        let ink = ink.into();
        Self {
            mode,
            ink,
            full: FullscreenPainter::new(ink),
            inline: InlinePainter::new(ink),
            linear: LinearPainter::default(),
            told: (Vec::new(), None),
            page: mode == Mode::Fullscreen,
            title: String::new(),
            activity: "",
            rows: 0,
        }
    }

    /// What is shown is not known any more.
    pub(crate) fn forget(&mut self) {
        self.full.forget();
        self.linear.forget();
        // A screen of any height holds what it held.
        let _ = self.inline.rows_changed(u16::MAX);
    }

    /// The bytes that bring the terminal up to the state; empty when it is.
    pub(crate) fn render(&mut self, state: &mut State) -> String {
        if self.mode == Mode::Linear {
            return self.render_linear(state);
        }
        self.follow_theme(state);
        // Images come before the frame that shows them, and once.
        let mut out: String = std::mem::take(&mut state.around.gallery.before).concat();
        out.push_str(&self.switch_page(state));
        if state.fills_screen() {
            let mut frame = Frame::new(state.width, state.height);
            draw(state, &mut frame);
            out.push_str(&self.full.paint(frame.buffer, frame.cursor));
        } else {
            out.push_str(&self.render_inline(state));
        }
        let title = one_line(&title(state));
        if title != self.title {
            out.push_str(&format!("\u{1b}]0;{title}\u{1b}\\"));
            self.title = title;
        }
        let activity = activity(state);
        if activity != self.activity {
            out.push_str(&format!("\u{1b}]7501;state={activity}:app=codex\u{1b}\\"));
            self.activity = activity;
        }
        out
    }

    /// The bytes that take the live part away before the shell gets the terminal for a while.
    pub(crate) fn suspend(&mut self) -> String {
        let mut out = String::new();
        if self.mode == Mode::Linear {
            return self.linear.paint(Vec::new(), None, usize::from(u16::MAX));
        }
        self.title.clear();
        self.activity = "";
        if self.page && self.mode == Mode::Inline {
            out.push_str(LEAVE_PAGE);
            self.page = false;
        }
        if self.mode == Mode::Inline {
            out.push_str(&self.inline.leave());
        }
        out
    }

    /// The bytes that take the live part away before leaving, and print what is still to be printed.
    pub(crate) fn leave(&mut self, state: &mut State) -> String {
        if state.mode == Mode::Fullscreen {
            return String::new();
        }
        if state.mode == Mode::Linear {
            let blocks = state.take_spoken();
            return self.linear.paint(blocks, None, usize::from(state.columns));
        }
        let mut out = String::new();
        if self.page {
            out.push_str(LEAVE_PAGE);
            self.page = false;
        }
        state.overlays.clear();
        let printable = state.take_printable();
        let blank = Frame::new(state.width, 1);
        out.push_str(&self.inline.paint(
            &printable.lines,
            &Self::fitting(printable.stamps, state.height),
            blank.buffer,
            Some(Position::new(0, 0)),
        ));
        out.push_str(&self.inline.leave());
        out
    }

    /// The end of the conversation as plain lines, for the normal screen after fullscreen mode; empty when nothing was
    /// said. `rows` is the room there.
    pub(crate) fn last_screen(&self, state: &mut State, rows: usize) -> String {
        let said = state.turns > 0 || state.info().is_some_and(|info| info.history_items > 0);
        if state.mode != Mode::Fullscreen || !state.settings.keep_last_screen || !said {
            return String::new();
        }
        state.overlays.clear();
        state.transcript.scroll_to_bottom();
        let lines = state.transcript.visible(rows);
        let is_blank = |line: &Line<'_>| line.spans.iter().all(|span| span.content.trim().is_empty());
        let first = lines.iter().position(|line| !is_blank(line)).unwrap_or(lines.len());
        let end = lines.iter().rposition(|line| !is_blank(line)).map_or(first, |last| last + 1);
        let mut pen = Pen::new(self.ink);
        let mut out = String::new();
        for line in &lines[first..end] {
            encode_line(line, state.width, &mut pen, &mut out);
            out.push('\n');
        }
        out
    }

    /// Images whose rows can stand on the screen together.
    fn fitting(stamps: Vec<Stamp>, height: u16) -> Vec<Stamp> {
        stamps.into_iter().filter(|stamp| stamp.rows < height).collect()
    }

    fn follow_theme(&mut self, state: &State) {
        let palette = state.theme().palette;
        if self.ink.palette != palette {
            self.ink.palette = palette;
            self.full.set_ink(self.ink);
            self.inline.set_ink(self.ink);
        }
    }

    fn render_inline(&mut self, state: &mut State) -> String {
        let mut out = String::new();
        if std::mem::replace(&mut self.rows, state.height) != state.height
            && self.inline.rows_changed(state.height) == Reach::Lost
        {
            state.print_again();
        }
        let printable = state.take_printable();
        if printable.start_over {
            out.push_str(self.inline.start_over());
        }
        let mut frame = Frame::new(state.width, inline_height(state));
        draw(state, &mut frame);
        out.push_str(&self.inline.paint(
            &printable.lines,
            &Self::fitting(printable.stamps, state.height),
            frame.buffer,
            frame.cursor,
        ));
        out
    }

    /// What is new, then what is asked and what was remarked, then the line being typed.
    fn render_linear(&mut self, state: &mut State) -> String {
        let mut blocks = state.take_spoken();
        let asked = announcement(state);
        if asked != self.told.0 {
            blocks.extend((!asked.is_empty()).then(|| asked.clone()));
            self.told.0 = asked;
        }
        if state.remark != self.told.1 {
            blocks.extend(state.remark.as_deref().map(|remark| vec![format!("Note: {}", one_line(remark))]));
            self.told.1 = state.remark.clone();
        }
        self.linear.paint(blocks, input_line(state), usize::from(state.columns))
    }

    /// Inline mode shows whole-screen layers on the alternate screen.
    fn switch_page(&mut self, state: &State) -> String {
        if state.mode == Mode::Fullscreen || self.page == state.fills_screen() {
            return String::new();
        }
        self.page = state.fills_screen();
        if self.page {
            self.full.forget();
            ENTER_PAGE.to_owned()
        } else {
            LEAVE_PAGE.to_owned()
        }
    }
}
