//! Async client of any AMT Batch Server that speaks the AMTOpCon interface.
