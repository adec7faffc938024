//! The AMTOpCon interface as types: requests, answers, completion codes and the wire profile. No I/O.
