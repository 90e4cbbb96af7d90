//! The settings as a broker loads them: layers, errors, and the pages made from the definitions.

mod behind;
mod common;
mod errors;
mod layers;
mod pages;
mod tables;
mod ways;
