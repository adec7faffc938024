//! The binaries amt and encrypt: arguments, Connector.config, log format, exit codes.
