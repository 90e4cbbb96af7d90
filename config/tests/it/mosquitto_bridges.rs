//! Connections of a mosquitto.conf are bridges.

#[test]
fn a_connection_is_a_bridge() {
    let text = "listener 1883\nallow_anonymous true\nconnection up\naddress far::1:8884 b # two\ntopic # both 1 # all\ntopic \"\" in 2 l r\n\
                remote_clientid me\nremote_username ann\nremote_password hunter2\ncleansession true\nlocal_cleansession false\n\
                notifications_local_only true\nrestart_timeout 2 9\nstart_type lazy\nthreshold 3\nbridge_protocol_version mqttv50\n\
                bridge_insecure false\nbridge_receive_maximum 0\nbridge_outgoing_retain false\nconnection down\naddress c:9\n\
                topic a/# in\nrestart_timeout 4\nbridge_insecure true\nbridge_alpn mqtt\n";
    let path = std::env::temp_dir().join(format!("{}-bridges.conf", std::process::id()));
    std::fs::write(&path, text).unwrap();
    let loaded = settings::Loader::new().file(&path).load().unwrap();
    assert!(loaded.remarks.is_empty(), "{:?}", loaded.remarks);
    let [up, down] = <[settings::Bridge; 2]>::try_from(loaded.settings.bridge.clone()).unwrap();
    let whole = settings::Bridge {
        name: "up".to_owned(),
        addresses: vec!["mqtt://[far::1]:8884".to_owned(), "mqtt://b:1883".to_owned()],
        topics: vec!["# both 1".to_owned(), "\"\" in 2 l r".to_owned()],
        client_id: "me".to_owned(),
        username: "ann".to_owned(),
        password: Some("hunter2".into()),
        clean_session: true,
        local_clean_session: Some(false),
        notifications_local_only: true,
        restart_min_millis: 2_000,
        restart_max_millis: 9_000,
        start: settings::BridgeStart::Lazy,
        threshold: 3,
        version: settings::MqttVersion::V5,
        outgoing_retain: false,
        ..settings::Bridge::default()
    };
    assert_eq!(up, whole);
    assert_eq!(down.addresses, ["mqtts://c:9"]);
    assert_eq!(
        (down.restart_min_millis, down.restart_max_millis, down.insecure),
        (4_000, 0, true)
    );
    assert!(
        loaded
            .origin("bridge[1].restart_min_millis")
            .to_string()
            .ends_with("bridges.conf:23")
    );
    assert!(!format!("{loaded:?}").contains("hunter2"));
}
