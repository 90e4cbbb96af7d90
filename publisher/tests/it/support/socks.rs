//! A SOCKS5 proxy for tests.

#![allow(dead_code, unreachable_pub)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// It tells what it was asked for.
pub struct Proxy {
    pub port: u16,
    /// The hosts of the requests: `name localhost`, `address 127.0.0.1`.
    pub asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Starts one; `login` is the user name and password that it asks for.
    pub fn start(login: Option<(&'static str, &'static str)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let hosts = Arc::clone(&asked);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let hosts = Arc::clone(&hosts);
                thread::spawn(move || serve(client, login, &hosts));
            }
        });
        Self { port, asked }
    }
}

fn serve(mut client: TcpStream, login: Option<(&str, &str)>, hosts: &Mutex<Vec<String>>) -> Option<()> {
    let bytes = |client: &mut TcpStream, count: usize| {
        let mut bytes = vec![0; count];
        client.read_exact(&mut bytes).ok().map(|()| bytes)
    };
    let count = bytes(&mut client, 2)?[1];
    let methods = bytes(&mut client, count.into())?;
    let method = if login.is_some() { 2 } else { 0 };
    if !methods.contains(&method) {
        client.write_all(&[5, 0xFF]).ok()?;
        return None;
    }
    client.write_all(&[5, method]).ok()?;
    if let Some((user, password)) = login {
        let length = bytes(&mut client, 2)?[1];
        let given_user = bytes(&mut client, length.into())?;
        let length = bytes(&mut client, 1)?[0];
        let given_password = bytes(&mut client, length.into())?;
        let right = given_user == user.as_bytes() && given_password == password.as_bytes();
        client.write_all(&[1, u8::from(!right)]).ok()?;
        if !right {
            return None;
        }
    }
    let kind = bytes(&mut client, 4)?[3];
    let host = if kind == 1 {
        let parts: Vec<String> = bytes(&mut client, 4)?.iter().map(u8::to_string).collect();
        hosts.lock().unwrap().push(format!("address {}", parts.join(".")));
        parts.join(".")
    } else {
        let length = bytes(&mut client, 1)?[0];
        let name = String::from_utf8(bytes(&mut client, length.into())?).ok()?;
        hosts.lock().unwrap().push(format!("name {name}"));
        // All servers of these tests listen on 127.0.0.1 only.
        "127.0.0.1".to_owned()
    };
    let port = bytes(&mut client, 2)?;
    let port = u16::from_be_bytes([port[0], port[1]]);
    let Ok(server) = TcpStream::connect((host.as_str(), port)) else {
        client.write_all(&[5, 5, 0, 1, 0, 0, 0, 0, 0, 0]).ok()?;
        return None;
    };
    client.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).ok()?;
    let (mut from_client, mut to_server) = (client.try_clone().ok()?, server.try_clone().ok()?);
    thread::spawn(move || {
        std::io::copy(&mut from_client, &mut to_server).ok();
        to_server.shutdown(std::net::Shutdown::Write).ok();
    });
    let mut server = server;
    std::io::copy(&mut server, &mut client).ok();
    client.shutdown(std::net::Shutdown::Both).ok();
    None
}
