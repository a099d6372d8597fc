//! Registering a PKI with a cloud: the exact commands, and the files for many devices at once; one file a cloud.

mod aws_iot;
mod azure_certificate;
mod azure_dps;
mod azure_iot_hub;
mod devices;
mod known;
mod progress;
mod run;
mod script;
mod task;

pub use known::enrolment;
pub use progress::Progress;
pub use run::{Ran, run};
pub use script::{line, script};
pub use task::{Enrolment, Step, Task, Word};
