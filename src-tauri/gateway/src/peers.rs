//! How many connections each address has: one alone that takes them all locks out the others.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The connections that are open, by the address at their other end.
#[derive(Debug)]
pub(crate) struct Peers {
    most: usize,
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// A connection's place among those of its address, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    peers: Arc<Peers>,
    address: IpAddr,
}

impl Peers {
    /// Each address may have this many.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            open: Mutex::default(),
        })
    }

    /// A place for one more; none when the address has as many as it may.
    pub(crate) fn place(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        // A socket of both families shows IPv4 addresses in another form.
        let address = address.to_canonical();
        let mut open = self.open();
        let count = open.get(&address).copied().unwrap_or_default();
        if count >= self.most {
            return None;
        }
        open.insert(address, count + 1);
        Some(Place {
            peers: self.clone(),
            address,
        })
    }

    fn open(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        // Counts are whole after a panic, too.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Addresses without connections are forgotten: there is no end of them.
        if let Entry::Occupied(mut count) = self.peers.open().entry(self.address) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_given_back_and_its_address_forgotten() {
        let peers = Peers::new(2);
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        let mapped: IpAddr = "::ffff:192.0.2.1".parse().unwrap();
        let first = peers.place(address).unwrap();
        let second = peers.place(mapped).unwrap();
        assert!(peers.place(address).is_none());
        let other = peers.place("192.0.2.2".parse().unwrap()).unwrap();
        drop(first);
        let third = peers.place(address).unwrap();
        assert!(peers.place(mapped).is_none());
        drop((second, third, other));
        assert!(peers.open().is_empty());
    }
}
