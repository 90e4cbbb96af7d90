//! The settings as a broker loads them: layers, errors, and the pages made from the definitions.

mod acl;
mod behind;
mod bridges;
mod common;
mod errors;
mod http;
mod layers;
mod mosquitto;
mod mosquitto_bridges;
mod mosquitto_foreign;
mod mosquitto_mistakes;
mod mosquitto_persistence;
mod pages;
mod tables;
mod ways;
