//! Store, controllers, AMTOpCon interface and Control Center API of the batch server.
