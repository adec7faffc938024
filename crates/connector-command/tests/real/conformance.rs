//! The rules of every connector.

connector::conformance_tests!(crate::site::Site::start());
