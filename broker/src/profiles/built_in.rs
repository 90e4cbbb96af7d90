//! The profiles that the broker has: the files in `broker/profiles/`.

macro_rules! built_in {
    ($($name:literal)+) => {
        /// Each with its text, in the order of the names.
        pub(super) const BUILT_IN: &[(&str, &str)] = &[$(
            ($name, include_str!(concat!("../../profiles/", $name, ".toml"))),
        )+];
    };
}

built_in! {
    "aws-iot"
    "azure-event-grid"
    "azure-iot-hub"
    "bifromq"
    "emqx-serverless"
    "hivemq-ce"
    "mosquitto-2.0"
    "mosquitto-2.1"
    "rumqttd"
    "tbmq"
}
