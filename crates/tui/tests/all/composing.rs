//! What the composer does with the world: files, editors, pastes.

use codex_sim::Script;

use crate::stage::Stage;

// covers: tui 26
#[tokio::test]
async fn files_of_the_folder_are_found_and_inserted() {
    let stage = Stage::new(Script::new([])).await;
    for file in ["src/zebra.rs", ".git/zebra", "target/zebra.o", ".zebra"] {
        let path = stage.repo().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
    std::fs::write(stage.repo().join(".gitignore"), "target\n").unwrap();
    let mut show = stage.show(80, 24);
    show.until_shown("for shortcuts").await;
    show.send("@zeb").await;
    show.until_shown("zebra.rs").await;
    show.until("both files", |show| show.rows().contains(".zebra") && show.rows().contains("select")).await;
    assert!(!show.rows().contains("zebra.o") && !show.rows().contains(".git/"), "{}", show.rows());
    show.send("rs\t").await;
    show.until_shown("› src/zebra.rs").await;
    show.send("\u{3}\u{3}").await;
    assert!(show.until_end().await);
}
