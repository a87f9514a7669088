//! Carrying bytes both ways once a connection stands.

use std::io;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

/// Bytes under way in each direction.
const BUFFER_BYTES: usize = 32 * 1024;

/// Carries bytes until both sides have ended or one has failed. `early` is what the client sent before the connection
/// stood.
pub(crate) async fn carry(mut client: TcpStream, mut host: TcpStream, early: &[u8]) -> io::Result<()> {
    host.write_all(early).await?;
    tokio::io::copy_bidirectional_with_sizes(&mut client, &mut host, BUFFER_BYTES, BUFFER_BYTES)
        .await
        .map(drop)
}
