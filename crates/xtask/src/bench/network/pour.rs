//! The least that sending costs: a bare loop that writes the same bytes to the same server again and again, in a process
//! of its own. What a client needs more than this is the client's own doing.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, ensure};

/// Flags of the hidden `pour` command.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// `HOST:PORT` of the server.
    #[arg(long)]
    address: String,
    /// A file with the body.
    #[arg(long)]
    body: PathBuf,
    /// How often it is sent, on one connection.
    #[arg(long)]
    times: usize,
}

/// Sends the body as often as asked; every answer is read before the next request.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let body = std::fs::read(&args.body).with_context(|| format!("cannot read {}", args.body.display()))?;
    let mut stream = TcpStream::connect(&args.address)?;
    stream.set_nodelay(true)?;
    let mut answers = BufReader::new(stream.try_clone()?);
    for _ in 0..args.times {
        write!(
            stream,
            "POST /v1/responses HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            args.address,
            body.len()
        )?;
        stream.write_all(&body)?;
        read_answer(&mut answers)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads one answer of known length.
fn read_answer(from: &mut BufReader<TcpStream>) -> anyhow::Result<()> {
    let mut length = 0;
    let mut line = String::new();
    loop {
        line.clear();
        ensure!(from.read_line(&mut line)? > 0, "the server closed the connection");
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    Ok(from.read_exact(&mut body)?)
}
