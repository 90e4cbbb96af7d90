//! Finds out with a CONNECT of our own whether a listener of rumqttd still accepts clients.

use std::net::Ipv4Addr;
use std::time::Duration;

use ::settings::User;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::wire::{Connect, Packet, PacketType, Version};

/// How long a live listener may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// A client identifier that no other client should have.
const CLIENT_ID: &str = "citronella-probe";

pub(super) async fn is_alive(port: u16, version: Version, user: Option<&User>) -> bool {
    let mut connect = Vec::new();
    Packet::Connect(Box::new(Connect {
        keep_alive_secs: 60,
        username: user.map(|user| user.name.as_str()),
        password: user.and_then(|user| Some(user.password.as_ref()?.expose().as_bytes())),
        ..Connect::new(version, CLIENT_ID)
    }))
    .encode(version, &mut connect);
    let ask = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.write_all(&connect).await?;
        let first = stream.read_u8().await?;
        // DISCONNECT, which is the same in both versions.
        stream.write_all(&[0xE0, 0]).await?;
        Ok::<_, std::io::Error>(PacketType::from_first_byte(first) == Some(PacketType::ConnAck))
    };
    matches!(timeout(PATIENCE, ask).await, Ok(Ok(true)))
}
