//! Topic names, topic filters and shared subscriptions (section 4.7 and 4.8.2 of MQTT 5.0, 4.7 of 3.1.1).
