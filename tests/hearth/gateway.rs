//! `hearth gateway`, as it is started from a terminal.
