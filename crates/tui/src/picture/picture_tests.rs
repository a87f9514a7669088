//! Which terminal speaks what, files to sequences, and files that are not what they say.

use std::path::PathBuf;

use pretty_assertions::assert_eq;

use super::bitmap::Bitmap;
use super::sixel::sixel;
use super::{Canvas, Place, Protocol, load};

type Vars<'a> = &'a [(&'a str, &'a str)];

fn detected(vars: Vars<'_>) -> Option<Protocol> {
    Protocol::of(|name| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
}

#[test]
fn the_environment_tells_what_the_terminal_speaks() {
    let kitty = ("KITTY_WINDOW_ID", "3");
    let rows: [(Vars<'_>, Option<Protocol>); 16] = [
        (&[("TERM", "xterm-256color")], None),
        (&[("TERM", "xterm-kitty")], Some(Protocol::Kitty)),
        (&[("TERM", "xterm-256color"), kitty], Some(Protocol::Kitty)),
        (&[("TERM_PROGRAM", "ghostty")], Some(Protocol::Kitty)),
        (&[("TERM_PROGRAM", "iTerm.app"), kitty], Some(Protocol::Iterm)),
        (&[("TERM_PROGRAM", "WezTerm")], Some(Protocol::Iterm)),
        (&[("TERM_PROGRAM", "Apple_Terminal")], None),
        (&[("TERM", "xterm-sixel")], Some(Protocol::Sixel)),
        (&[("TERM", "foot-extra")], Some(Protocol::Sixel)),
        (&[("TERM", "mlterm")], Some(Protocol::Sixel)),
        (&[("TERM", "xterm-kitty"), ("TMUX", "x")], None),
        (&[("TERM", "xterm-kitty"), ("STY", "1.x")], None),
        (&[("TERM", "tmux-256color"), kitty], None),
        (&[("TERM", "screen.xterm"), kitty], None),
        (&[("TERM", "dumb"), kitty], None),
        (&[("TERM", "foot"), ("NO_COLOR", "1")], None),
    ];
    for (vars, protocol) in rows {
        assert_eq!(detected(vars), protocol, "{vars:?}");
    }
}

#[test]
fn sixels_need_the_size_of_a_glyph() {
    assert_eq!(Canvas::new(Protocol::Sixel, None, 1), None);
    assert_eq!(Canvas::new(Protocol::Sixel, Some((0, 0)), 1), None);
    let canvas = Canvas { protocol: Protocol::Kitty, cell: (10, 20), mark: 59 };
    assert_eq!(Canvas::new(Protocol::Kitty, None, 58), Some(canvas));
}

/// Two pixels side by side, red and clear.
fn small() -> Vec<u8> {
    Bitmap { width: 2, height: 1, rgba: vec![255, 0, 0, 255, 0, 0, 0, 0] }.encode().unwrap()
}

fn file(folder: &tempfile::TempDir, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join("a.png");
    std::fs::write(&path, bytes).unwrap();
    path
}

fn canvas(protocol: Protocol) -> Canvas {
    Canvas::new(protocol, Some((10, 20)), 2).unwrap()
}

#[test]
fn kitty_is_given_the_image_and_its_rows_are_cells() {
    let folder = tempfile::tempdir().unwrap();
    let grey: Vec<u8> = (0..30 * 40).flat_map(|n: u32| [((n * 7919) >> 3).to_le_bytes()[0]; 4]).collect();
    let image = Bitmap { width: 30, height: 40, rgba: grey };
    let path = file(&folder, &image.encode().unwrap());
    let loaded = load(&path, canvas(Protocol::Kitty), (80, 24), 7).unwrap();
    let before = loaded.before.unwrap();
    assert!(before.starts_with("\u{1b}_Ga=T,f=100,U=1,q=2,i=50331655,c=3,r=2,m="), "{before:?}");
    let rows: Vec<String> = loaded.picture.lines(80).iter().map(ToString::to_string).collect();
    let cells = |row: char| -> String {
        let cell = |column: char| format!("\u{10eeee}{row}{column}\u{310}");
        format!("  {}{}{}", cell('\u{305}'), cell('\u{30d}'), cell('\u{30e}'))
    };
    assert_eq!(rows, [cells('\u{305}'), cells('\u{30d}')]);
    assert!(loaded.picture.lines(80).iter().all(|line| line.width() == 5));
    assert_eq!(loaded.picture.lines(4), Vec::new());
}

#[test]
fn a_large_image_fits_its_room_and_is_sent_in_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let mut seed = 1_u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed.to_be_bytes()[0]
    };
    let rgba = (0..900 * 300).flat_map(|_| [noise(), noise(), noise(), 255]).collect();
    let path = file(&folder, &Bitmap { width: 900, height: 300, rgba }.encode().unwrap());
    let loaded = load(&path, canvas(Protocol::Kitty), (80, 24), 1).unwrap();
    assert_eq!((loaded.picture.columns, loaded.picture.rows), (60, 10));
    let before = loaded.before.unwrap();
    let pieces: Vec<&str> = before.split_terminator("\u{1b}\\").collect();
    assert!(pieces.len() > 2);
    for (at, piece) in pieces.iter().enumerate() {
        let (head, payload) = piece.split_once(';').unwrap();
        assert!(payload.len() <= 4096);
        assert!(head.contains(if at + 1 < pieces.len() { "m=1" } else { "m=0" }), "{head}");
    }
    let tiny = load(&path, canvas(Protocol::Kitty), (20, 6), 2).unwrap().picture;
    assert_eq!((tiny.columns, tiny.rows), (18, 3));
    assert!(load(&path, canvas(Protocol::Kitty), (2, 2), 3).is_err());
}

#[test]
fn iterm_is_told_the_size_in_cells() {
    let folder = tempfile::tempdir().unwrap();
    let loaded = load(&file(&folder, &small()), canvas(Protocol::Iterm), (80, 24), 1).unwrap();
    let Place::Printed(bytes) = loaded.picture.place else { panic!("printed") };
    let (head, payload) = bytes.split_once(':').unwrap();
    let size = small().len();
    assert_eq!(head, format!("\u{1b}]1337;File=inline=1;size={size};width=1;height=1"));
    assert!(
        payload
            .strip_suffix('\u{7}')
            .unwrap()
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c))
    );
}

#[test]
fn sixels_are_bands_of_colours() {
    let red = [255, 0, 0, 255];
    let blue = [0, 0, 250, 255];
    let mut rgba = red.repeat(5);
    rgba.extend(blue.repeat(5));
    for _ in 0..4 {
        rgba.extend([0; 20]);
    }
    rgba.extend([blue, red, red, blue, [9, 9, 9, 0]].concat());
    let image = Bitmap { width: 5, height: 7, rgba };
    let colours = "#5;2;0;0;100#180;2;100;0;0";
    let bands = "#5!5A$#180!5@-#5@??@?$#180?@@??";
    assert_eq!(sixel(&image), format!("\u{1b}P0;1;0q\"1;1;5;7{colours}{bands}\u{1b}\\"));
}

#[test]
fn fewer_pixels_are_the_mean_of_what_covers() {
    let rgba = vec![200, 0, 0, 255, 100, 0, 0, 255, 9, 9, 9, 0, 50, 60, 70, 255];
    let image = Bitmap { width: 4, height: 1, rgba };
    assert_eq!(image.scaled(2, 1).rgba, [150, 0, 0, 255, 50, 60, 70, 127]);
}

// threat 36
#[test]
fn only_the_pixels_of_a_whole_png_are_sent() {
    let folder = tempfile::tempdir().unwrap();
    let clean = load(&file(&folder, &small()), canvas(Protocol::Kitty), (80, 24), 1).unwrap();
    let mut longer = small();
    longer.extend(b"\x1b]52;c;aGk=\x07".repeat(20));
    assert_eq!(load(&file(&folder, &longer), canvas(Protocol::Kitty), (80, 24), 1).unwrap(), clean);

    let tries = |bytes: &[u8]| load(&file(&folder, bytes), canvas(Protocol::Kitty), (80, 24), 1).err();
    for length in 0..small().len() {
        assert!(tries(&small()[..length]).is_some(), "{length} bytes");
    }
    let mut huge = small();
    huge[16..20].copy_from_slice(&40_000_u32.to_be_bytes());
    assert!(tries(&huge).is_some());
    let wide = Bitmap { width: 4097, height: 1, rgba: vec![0; 4097 * 4] };
    assert_eq!(
        tries(&wide.encode().unwrap()).unwrap().to_string(),
        "the image is larger than 8 MiB or 4096 pixels a side"
    );
    assert!(tries(b"GIF89a\x01\x00\x01\x00").is_some());
    assert!(tries(&vec![0; (8 << 20) + 1]).is_some());
    assert!(load(folder.path(), canvas(Protocol::Kitty), (80, 24), 1).is_err());
    let pipe = folder.path().join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    assert!(load(&pipe, canvas(Protocol::Kitty), (80, 24), 1).is_err());
}
