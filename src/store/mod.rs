//! The disk: reading its state, writing atomically, the lock.
