//! Who may come in, as the embedding program says.

use std::sync::Arc;

use super::Builder;
use crate::auth::{Exchange, Login};
use crate::wire::ReasonCode;

impl Builder {
    /// Decides who comes in without an authentication method, in place of `[auth] users` and `allow_anonymous`.
    ///
    /// `check` is asked for each CONNECT of any version that names no method, and runs in the broker's thread: it should
    /// answer at once. `Err` is the reason code to refuse with; 3.x clients get the return code that says the same, or
    /// are just cut off if there is no such code.
    ///
    /// ```
    /// use broker::{Broker, ReasonCode};
    ///
    /// let builder = Broker::builder().check_login(|login| match (login.user_name, login.password) {
    ///     (Some("mallory"), _) => Err(ReasonCode::BANNED),
    ///     (Some(_), Some(b"secret")) => Ok(()),
    ///     _ => Err(ReasonCode::BAD_USER_NAME_OR_PASSWORD),
    /// });
    /// # drop(builder);
    /// ```
    pub fn check_login(
        mut self,
        check: impl Fn(&Login<'_>) -> Result<(), ReasonCode> + Send + Sync + 'static,
    ) -> Self {
        self.logins.set_login(Arc::new(check));
        self
    }

    /// Offers an authentication method of your own to 5.0 clients (section 4.12 of MQTT 5.0), beside those of
    /// `[auth] mechanisms` or in place of the one with the same name.
    ///
    /// `begin` is called with the client identifier whenever a CONNECT names `method`, and again for each
    /// re-authentication. The [`Exchange`] that it returns is given the client's Authentication Data, packet by packet,
    /// and says what to answer. Both run in the broker's thread: they should answer at once.
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use broker::{AuthStep, ReasonCode, Broker};
    ///
    /// // A method that asks for the double of a number.
    /// let builder = broker::Broker::builder().authenticator("DOUBLE", |client_id| {
    ///     let user = client_id.to_owned();
    ///     let mut asked = false;
    ///     Box::new(move |data: Option<&[u8]>| {
    ///         if !std::mem::replace(&mut asked, true) {
    ///             AuthStep::challenge("21")
    ///         } else if data == Some(b"42") {
    ///             AuthStep::accept(user.clone())
    ///         } else {
    ///             AuthStep::Refuse(ReasonCode::NOT_AUTHORIZED)
    ///         }
    ///     })
    /// });
    /// let broker = builder.start().wait()?;
    ///
    /// let mut client = std::net::TcpStream::connect(broker.addr())?;
    /// let mut read = |client: &mut std::net::TcpStream, len| {
    ///     let mut packet = vec![0; len];
    ///     client.read_exact(&mut packet).map(|()| packet)
    /// };
    /// // CONNECT with the method
    /// client.write_all(b"\x10\x18\0\x04MQTT\x05\x02\0\0\x09\x15\0\x06DOUBLE\0\x02me")?;
    /// // AUTH 0x18 with the method and "21"
    /// assert_eq!(read(&mut client, 18)?, b"\xF0\x10\x18\x0E\x15\0\x06DOUBLE\x16\0\x0221");
    /// // AUTH 0x18 with the method and "42"
    /// client.write_all(b"\xF0\x10\x18\x0E\x15\0\x06DOUBLE\x16\0\x0242")?;
    /// // CONNACK with success
    /// assert_eq!(read(&mut client, 4)?[2..], [0, 0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn authenticator(
        mut self,
        method: &str,
        begin: impl Fn(&str) -> Box<dyn Exchange> + Send + Sync + 'static,
    ) -> Self {
        self.logins.set_method(method, Arc::new(begin));
        self
    }
}
