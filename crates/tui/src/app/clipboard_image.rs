//! The image on the clipboard, fetched by the programs that come with a desktop: no library of one is built in.
//! Invariant: what is handed on is a PNG that was looked at, in a file only the person can read.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use codex_stdx::{CaptureError, PrivateFile, ProgramRun, capture_program};

const IMAGE_BYTES_MAX: usize = 32 << 20;
const PATIENCE: Duration = Duration::from_secs(5);
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Prints the image of the clipboard as base64, on Windows and below it.
const POWERSHELL: &str = "Add-Type -AssemblyName System.Windows.Forms,System.Drawing; \
    $i=[System.Windows.Forms.Clipboard]::GetImage(); if($i){$m=New-Object System.IO.MemoryStream; \
    $i.Save($m,[System.Drawing.Imaging.ImageFormat]::Png); [Convert]::ToBase64String($m.ToArray())}";

/// A program that prints the image.
struct Tool {
    program: &'static str,
    args: &'static [&'static str],
    base64: bool,
}

const WAYLAND: Tool =
    Tool { program: "wl-paste", args: &["--no-newline", "--type", "image/png"], base64: false };
const X11: Tool = Tool {
    program: "xclip",
    args: &["-selection", "clipboard", "-target", "image/png", "-out"],
    base64: false,
};
const MAC: Tool = Tool { program: "pngpaste", args: &["-"], base64: false };
const WINDOWS: Tool =
    Tool { program: "powershell.exe", args: &["-NoProfile", "-STA", "-Command", POWERSHELL], base64: true };

/// The programs that may know, the likeliest first.
fn tools(env: &[(OsString, OsString)]) -> Vec<&'static Tool> {
    let has = |name: &str| env.iter().any(|(key, value)| key == name && !value.is_empty());
    let mut tools = Vec::new();
    if has("WAYLAND_DISPLAY") {
        tools.push(&WAYLAND);
    }
    if has("DISPLAY") {
        tools.push(&X11);
    }
    if cfg!(target_os = "macos") {
        tools.push(&MAC);
    }
    if cfg!(windows) || has("WSL_DISTRO_NAME") {
        tools.push(&WINDOWS);
    }
    tools
}

/// Fetches the image into a file that lives as long as what is returned.
pub(super) async fn fetch(env: &[(OsString, OsString)], cwd: &Path) -> Result<PrivateFile, String> {
    let tools = tools(env);
    if tools.is_empty() {
        return Err("there is no clipboard here; paste the path of an image instead".to_owned());
    }
    let mut missing = Vec::new();
    for tool in &tools {
        let args: Vec<String> = tool.args.iter().map(|arg| (*arg).to_owned()).collect();
        let run = ProgramRun {
            program: tool.program,
            args: &args,
            env: &[],
            cwd,
            timeout: PATIENCE,
            output_bytes_max: IMAGE_BYTES_MAX,
        };
        match capture_program(&run).await {
            Ok(captured) => {
                if let Some(bytes) = png(tool, captured.stdout) {
                    return PrivateFile::create(
                        &std::env::temp_dir(),
                        "codex-image-",
                        "clipboard.png",
                        &bytes,
                    )
                    .map_err(|error| format!("the image of the clipboard cannot be kept: {error}"));
                }
            }
            Err(CaptureError::Start(_)) => missing.push(tool.program),
            Err(error) => tracing::debug!(%error, program = tool.program, "no clipboard"),
        }
    }
    if missing.len() == tools.len() {
        return Err(format!(
            "images of the clipboard need {}; install it, or paste a path",
            missing.join(" or ")
        ));
    }
    Err("there is no image on the clipboard".to_owned())
}

fn png(tool: &Tool, stdout: Vec<u8>) -> Option<Vec<u8>> {
    use base64::Engine as _;

    let bytes = if tool.base64 {
        let text = String::from_utf8(stdout).ok()?;
        base64::engine::general_purpose::STANDARD.decode(text.trim()).ok()?
    } else {
        stdout
    };
    // An image that was cut at the limit is no image.
    (bytes.starts_with(PNG) && bytes.len() < IMAGE_BYTES_MAX).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_surroundings_choose_the_program() {
        let names = |env: &[(&str, &str)]| -> Vec<&str> {
            let env: Vec<(OsString, OsString)> =
                env.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            tools(&env).into_iter().map(|tool| tool.program).collect()
        };
        assert_eq!(names(&[("WAYLAND_DISPLAY", "w"), ("DISPLAY", ":0")])[..2], ["wl-paste", "xclip"]);
        assert!(names(&[("WSL_DISTRO_NAME", "x")]).contains(&"powershell.exe"));
    }

    #[test]
    fn only_a_whole_png_counts() {
        assert_eq!(png(&X11, b"text".to_vec()), None);
        assert_eq!(png(&X11, [PNG, b"x"].concat()), Some([PNG, b"x"].concat()));
        assert_eq!(png(&WINDOWS, b"iVBORw0KGgo=\r\n".to_vec()), Some(PNG.to_vec()));
        assert_eq!(png(&WINDOWS, b"?".to_vec()), None);
    }
}
