//! Who may come in, as the embedding program says.

use std::sync::Arc;

use super::Builder;
use crate::access::{Access, Acl};
use crate::ask_http::{HttpHook, Question};
use crate::auth::{Admission, Exchange, Login, LoginRequest, Refusal};
use crate::front::{Answered, LoginHook};
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

    /// Decides who comes in without an authentication method, as [`check_login`](Builder::check_login) does, and may take its
    /// time: for a look into a database, or a question to another service.
    ///
    /// `check` is asked for each CONNECT that names no method, unless a `check_login` has refused it. Its future runs as a task
    /// on the broker's thread, while the broker goes on. So it must not block that thread; work that does goes to
    /// `tokio::task::spawn_blocking`. At most 64 run at a time, and each has `auth.http_timeout_millis`. A client that is not
    /// decided about by then is refused with Server unavailable, and so is one whose future panics.
    ///
    /// The answer may name the user, and bring an [`Acl`](crate::access::Acl) for this client alone. It is asked here in place of
    /// `auth.http_url`.
    ///
    /// ```
    /// use broker::access::Acl;
    /// use broker::settings::{AclAccess, AclLine};
    /// use broker::{Admission, Broker, LoginRequest, Refusal, ReasonCode};
    ///
    /// async fn ask(login: LoginRequest) -> Result<Admission, Refusal> {
    ///     // … a database is asked …
    ///     if login.client_id != "lamp" {
    ///         return Err(Refusal::from(ReasonCode::NOT_AUTHORIZED).because("lamps only"));
    ///     }
    ///     let acl = Acl::of_lines(&[AclLine::new("lamp/#", AclAccess::ReadWrite)]).ok();
    ///     Ok(Admission { user_name: Some("the lamp".to_owned()), acl })
    /// }
    ///
    /// let broker = Broker::builder().check_login_later(ask).start().wait()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp").wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check_login_later<C, F, A, R>(mut self, check: C) -> Self
    where
        C: Fn(LoginRequest) -> F + Send + Sync + 'static,
        F: Future<Output = Result<A, R>> + Send + 'static,
        A: Into<Admission>,
        R: Into<Refusal>,
    {
        self.logins.ask_later(true);
        self.login_hook = Some(Arc::new(move |request| {
            let asked = check(request);
            Box::pin(async move { Answered::Said(asked.await.map(A::into).map_err(R::into)) })
        }));
        self
    }

    /// Has `check` asked about everything that a client wants to do, once every rule and every ACL has allowed it: to publish
    /// (also by a will), to subscribe, to unsubscribe, and to get a message.
    ///
    /// It runs in the broker's thread: it should answer at once. Its answers are remembered. So an answer depends on nothing but
    /// what is asked; if that changes, say so with [`Broker::access_changed`](crate::Broker::access_changed). `Err` has the words for a client of 5.0 and for the
    /// journal.
    ///
    /// ```
    /// use broker::access::Action;
    /// use broker::pattern::event;
    ///
    /// let broker = broker::Broker::builder()
    ///     .check_access(|access| match (access.action, access.topic) {
    ///         (Action::Publish, "door") => Err("the door is locked"),
    ///         _ => Ok(()),
    ///     })
    ///     .start()
    ///     .wait()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp\x30\x08\0\x04dooron")?;
    /// broker.expect(event("publish_refused").of("lamp").field("why", "the door is locked")).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check_access<W: Into<String>>(
        mut self,
        check: impl Fn(&Access<'_>) -> Result<(), W> + Send + Sync + 'static,
    ) -> Self {
        let check = move |access: &Access<'_>| check(access).map_err(W::into);
        self.logins.set_access(Arc::new(check));
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

/// Puts each login to the program at `auth.http_url`, which may name the user and bring an ACL for the client.
///
/// # Errors
/// What is wrong with the URL.
pub(super) fn ask_over_http(auth: &settings::Auth) -> Result<LoginHook, String> {
    let hook = Arc::new(HttpHook::new(auth)?);
    Ok(Arc::new(move |request| {
        let hook = hook.clone();
        Box::pin(async move {
            let version = request.version.to_string();
            match hook.ask(&question(&request, &version)).await {
                Ok(answered) => answer(answered),
                Err(why) => Answered::Nothing(why),
            }
        })
    }))
}

fn question<'a>(request: &'a LoginRequest, mqtt_version: &'a str) -> Question<'a> {
    let login = request.login();
    Question {
        client_id: login.client_id,
        user_name: login.user_name,
        password: login.password.into(),
        peer: &request.peer,
        listener: login.listener,
        way: login.way.word(),
        certificate: login.certificate,
        identity: login.identity,
        mqtt_version,
    }
}

fn answer(answered: crate::ask_http::Answered) -> Answered {
    if !answered.allow {
        let words = answered.reason;
        let reason = ReasonCode::NOT_AUTHORIZED;
        return Answered::Said(Err(Refusal { reason, words }));
    }
    let acl = match answered.acl.map(|lines| Acl::of_lines(&lines)) {
        None => None,
        Some(Ok(acl)) => Some(acl),
        Some(Err((line, what))) => {
            return Answered::Nothing(format!("in its answer, acl[{line}]: {what}"));
        }
    };
    Answered::Said(Ok(Admission {
        user_name: answered.user_name,
        acl,
    }))
}
