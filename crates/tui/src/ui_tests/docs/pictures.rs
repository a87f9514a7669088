//! `docs/pictures/*.svg` are the screens of the scenes, and each of them is shown on the page.

use ratatui::style::Modifier;

use super::scenes::SCENES;
use super::svg::svg;
use super::up_to_date::{check, docs, is_updating};
use crate::draw::title;

const BYTES_MAX: usize = 40 * 1024;

#[test]
fn pictures_are_what_the_screens_are() {
    let folder = docs("pictures");
    for scene in SCENES {
        let bench = (scene.play)();
        let mut frame = bench.frame();
        if let Some(at) = frame.cursor {
            frame.buffer[at].modifier.toggle(Modifier::REVERSED);
        }
        let picture = svg(&frame.buffer, &title(&bench.state), bench.state.theme());
        assert!(picture.len() < BYTES_MAX, "{} has {} bytes", scene.name, picture.len());
        check(&folder.join(format!("{}.svg", scene.name)), &picture);
    }
}

#[test]
fn there_are_no_other_pictures_and_every_one_is_shown() {
    let page = std::fs::read_to_string(docs("tui.md")).unwrap();
    for scene in SCENES {
        assert!(
            page.contains(&format!("](pictures/{}.svg)", scene.name)),
            "{} is not on the page",
            scene.name
        );
    }
    for entry in std::fs::read_dir(docs("pictures")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let known = path.extension().is_some_and(|ending| ending == "svg")
            && SCENES.iter().any(|scene| scene.name == name);
        assert!(known || is_updating(), "{} belongs to no scene", path.display());
    }
}
