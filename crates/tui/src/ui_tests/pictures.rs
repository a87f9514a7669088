//! Images in the conversation: read beside the loop, sent once, shown as cells or printed over blank rows.

use std::io::Write as _;

use codex_protocol::{ImageViewItem, ItemId, TurnItem, UserInput, UserMessageItem};
use pretty_assertions::assert_eq;

use super::bench::Bench;
use crate::app::Output;
use crate::picture::{Canvas, Protocol, load};
use crate::screen::Colours;
use crate::state::{Cmd, Mode, Msg, Wanted};

/// One red pixel.
fn pixel() -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, 1, 1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&[255, 0, 0]).unwrap();
    out
}

/// `a.png` of one pixel.
fn pixel_in(folder: &tempfile::TempDir) -> tempfile::NamedTempFile {
    let mut builder = tempfile::Builder::new();
    let mut file = builder.prefix("a").rand_bytes(0).suffix(".png").tempfile_in(folder.path()).unwrap();
    file.write_all(&pixel()).unwrap();
    file
}

fn bench(mode: Mode, protocol: Protocol) -> Bench {
    let mut bench = Bench::open(mode, 60, 16);
    bench.state.around.gallery.canvas = Canvas::new(protocol, Some((10, 20)), 0);
    bench.say("look");
    bench
}

fn view(path: &std::path::Path) -> TurnItem {
    TurnItem::ImageView(ImageViewItem { id: ItemId::new("i1"), path: path.to_path_buf() })
}

/// The model looks at one pixel.
pub(super) fn look(bench: &mut Bench) {
    let folder = tempfile::tempdir().unwrap();
    let file = pixel_in(&folder);
    let path = file.path().to_path_buf();
    bench.done(view(&path));
    read_all(bench);
}

fn wanted(bench: &Bench) -> Vec<Wanted> {
    let wanted = bench.cmds.iter().filter_map(|cmd| match cmd {
        Cmd::LoadPicture(wanted) => Some(wanted.clone()),
        _ => None,
    });
    wanted.collect()
}

/// What the task beside the loop does.
fn read_all(bench: &mut Bench) {
    for Wanted { item, path, canvas, screen, number } in wanted(bench) {
        let loaded = load(&path, canvas, screen, number).ok();
        bench.tell(Msg::Picture { item, loaded });
    }
}

#[test]
fn kitty_is_sent_an_image_once_before_its_cells() {
    let folder = tempfile::tempdir().unwrap();
    let file = pixel_in(&folder);
    let path = file.path().to_path_buf();
    for mode in [Mode::Fullscreen, Mode::Inline] {
        let mut bench = bench(mode, Protocol::Kitty);
        let mut output = Output::new(mode, Colours::On);
        bench.done(view(&path));
        let waiting = output.render(&mut bench.state);
        assert!(waiting.contains("Viewed image") && !waiting.contains("\u{1b}_G"), "{waiting:?}");
        read_all(&mut bench);
        let shown = output.render(&mut bench.state);
        let sent = shown.find("\u{1b}_Ga=T,f=100,U=1,q=2,i=16777217,c=1,r=1,m=0;").unwrap();
        let cells = shown.find("\u{1b}[0;38;5;1m\u{10eeee}\u{305}\u{305}\u{30d}").unwrap();
        assert!(sent < cells, "{shown:?}");
        output.forget();
        assert!(!output.render(&mut bench.state).contains("\u{1b}_G"));
        bench.press("ctrl-t");
        let page = output.render(&mut bench.state);
        assert!(!page.contains('\u{10eeee}'), "{page:?}");
    }
}

#[test]
fn images_that_are_no_cells_are_printed_over_blank_rows() {
    let folder = tempfile::tempdir().unwrap();
    let file = pixel_in(&folder);
    let path = file.path().to_path_buf();
    for (protocol, image) in [
        (Protocol::Iterm, "\u{1b}]1337;File=inline=1;"),
        (Protocol::Sixel, "\u{1b}P0;1;0q\"1;1;1;1#180;2;100;0;0#180@\u{1b}\\\u{1b}8"),
    ] {
        let mut bench = bench(Mode::Inline, protocol);
        let mut output = Output::new(Mode::Inline, Colours::On);
        bench.done(view(&path));
        output.render(&mut bench.state);
        read_all(&mut bench);
        let shown = output.render(&mut bench.state);
        let stamp = format!("a.png\u{1b}]8;;\u{1b}\\\u{1b}[0m\r\n\r\n\u{1b}7\u{1b}[1A\u{1b}[2C{image}");
        assert!(
            shown.replace("\u{1b}[0m\r\n", "\r\n").contains(&stamp.replace("\u{1b}[0m\r\n", "\r\n")),
            "{shown:?}"
        );
        assert!(!output.render(&mut bench.state).contains(image));
    }
}

#[test]
fn images_of_a_message_stand_below_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = pixel_in(&folder);
    let path = file.path().to_path_buf();
    let mut bench = bench(Mode::Fullscreen, Protocol::Kitty);
    let image = |path: &std::path::Path| UserInput::LocalImage { path: path.to_path_buf() };
    let content = vec![UserInput::text("see"), image(&path), image(&folder.path().join("gone.png"))];
    bench.done(TurnItem::UserMessage(UserMessageItem { id: ItemId::new("u2"), content }));
    assert_eq!(wanted(&bench).len(), 2);
    let cells = bench.state.transcript.len();
    read_all(&mut bench);
    // The one that cannot be shown is named in the message.
    assert_eq!(bench.state.transcript.len(), cells - 1);
    let shown = bench.screen();
    assert!(shown.contains("[Image #2]") && shown.contains('\u{10eeee}'), "{shown}");
}

#[test]
fn without_images_a_line_tells_of_each() {
    let mut bench = Bench::open(Mode::Inline, 60, 16);
    bench.say("look");
    bench.done(view("/h/code/demo/a.png".as_ref()));
    assert_eq!(wanted(&bench), []);
    let shown = bench.screen();
    let mut output = Output::new(Mode::Inline, Colours::On);
    let bytes = output.render(&mut bench.state);
    assert!(bytes.contains("file:///h/code/demo/a.png"), "{shown}\n{bytes:?}");
    assert!(!bytes.contains("\u{1b}_G") && !bytes.contains("1337"));
}
