//! Frames: a length (u32, big-endian), then so many bytes.

use crate::error::MessageError;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use std::io;

/// Bytes in front of a frame.
const HEAD: usize = 4;

/// Reads the length of the next frame, and checks it before anything is set aside for it.
pub(crate) async fn read_length<T: AsyncRead + Unpin + Send>(
    io: &mut T,
    max: usize,
) -> io::Result<usize> {
    let mut head = [0; HEAD];
    io.read_exact(&mut head).await?;
    let length = u32::from_be_bytes(head) as usize;
    if length > max {
        return Err(MessageError::FrameLength { got: length, max }.into());
    }
    Ok(length)
}

/// Reads a frame's bytes. Memory grows with what arrives, not with what was announced.
pub(crate) async fn read_body<T: AsyncRead + Unpin + Send>(
    io: &mut T,
    length: usize,
) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    io.take(length as u64).read_to_end(&mut body).await?;
    if body.len() < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(body)
}

/// Writes a frame.
pub(crate) async fn write<T: AsyncWrite + Unpin + Send>(io: &mut T, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len()).map_err(|_| MessageError::FrameLength {
        got: body.len(),
        max: u32::MAX as usize,
    })?;
    io.write_all(&length.to_be_bytes()).await?;
    io.write_all(body).await?;
    io.flush().await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use futures::executor::block_on;
    use futures::io::Cursor;

    fn read(bytes: &[u8], max: usize) -> io::Result<Vec<u8>> {
        block_on(async {
            let mut io = Cursor::new(bytes);
            let length = read_length(&mut io, max).await?;
            read_body(&mut io, length).await
        })
    }

    #[test]
    fn what_is_written_is_read() {
        for body in [&b""[..], b"x", &[7; 70_000]] {
            let mut bytes = Vec::new();
            block_on(write(&mut bytes, body)).unwrap();
            assert_eq!(bytes.len(), HEAD + body.len());
            assert_eq!(read(&bytes, body.len()).unwrap(), body);
        }
    }

    #[test]
    fn bad_input_frames_over_the_bound_are_refused_at_their_length() {
        // Nothing follows the length: the refusal cannot have waited for it.
        let error = read(&u32::MAX.to_be_bytes(), 100).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        let inner = error.get_ref().unwrap();
        assert_eq!(
            *inner.downcast_ref::<MessageError>().unwrap(),
            MessageError::FrameLength {
                got: u32::MAX as usize,
                max: 100
            }
        );
    }

    #[test]
    fn bad_input_frames_cut_short_are_an_end_of_file() {
        let mut bytes = Vec::new();
        block_on(write(&mut bytes, b"twelve bytes")).unwrap();
        for end in 0..bytes.len() {
            let error = read(&bytes[..end], 100).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "cut at {end}");
        }
    }
}
