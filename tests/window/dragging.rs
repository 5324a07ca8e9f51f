//! A file manager's part of a drag: offers files to the window under a point and lets go.
//!
//! The protocol is XDND, version 5 (freedesktop.org/wiki/Specifications/XDND). Nothing
//! moves the pointer: the messages say where it would be.

use std::path::Path;
use std::time::{Duration, Instant};

use url::Url;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt, CreateWindowAux, EventMask, PropMode,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;
use x11rb::{CURRENT_TIME, NONE};

/// How long the window may take to say that it takes the files, and to take them.
const PATIENCE: Duration = Duration::from_secs(30);
const GLANCE: Duration = Duration::from_millis(30);

/// Steps of the pointer in a row that the window has to agree to.
const STEPS: i16 = 10;

x11rb::atom_manager! {
    Atoms: AtomsCookie {
        XdndAware, XdndEnter, XdndPosition, XdndStatus, XdndDrop, XdndFinished,
        XdndSelection, XdndActionCopy, TARGETS,
        UriList: b"text/uri-list",
    }
}

struct Source {
    display: RustConnection,
    atoms: Atoms,
    window: Window,
    root: Window,
    /// The files as addresses, one a line.
    files: String,
}

/// Drops a file on a point of the largest window, counted from that window's corner.
/// Blocks until the window has taken it.
pub(crate) fn drop_file(path: &Path, x: i16, y: i16) {
    let mut source = Source::offering(path);
    let (target, corner) = source.largest_target();
    let point = (corner.0 + x, corner.1 + y);
    let version = 5 << 24;
    let uri_list = source.atoms.UriList;
    source.tell(target, source.atoms.XdndEnter, [version, uri_list, 0, 0]);
    let give_up = Instant::now() + PATIENCE;
    // Page and window tell each other of every step of the pointer, and the window answers
    // what the page said to the step before: so it takes a few until both agree.
    let mut agreed = 0;
    while agreed < STEPS {
        source.point(target, (point.0 + agreed, point.1));
        let status = source.wait_for(source.atoms.XdndStatus, give_up);
        let accepts = status.data.as_data32()[1] & 1 == 1;
        agreed = if accepts { agreed + 1 } else { 0 };
        std::thread::sleep(GLANCE);
    }
    source.tell(target, source.atoms.XdndDrop, [0, CURRENT_TIME, 0, 0]);
    source.wait_for(source.atoms.XdndFinished, give_up);
}

impl Source {
    fn offering(path: &Path) -> Self {
        let (display, screen) = x11rb::connect(None).expect("there is a display");
        let root = display.setup().roots[screen].root;
        let atoms = Atoms::new(&display).expect("the display is there").reply();
        let atoms = atoms.expect("names have numbers");
        let window = display.generate_id().expect("an identifier");
        let aux = CreateWindowAux::new();
        display
            .create_window(
                0,
                window,
                root,
                0,
                0,
                1,
                1,
                0,
                WindowClass::INPUT_ONLY,
                0,
                &aux,
            )
            .expect("a window");
        display
            .set_selection_owner(window, atoms.XdndSelection, CURRENT_TIME)
            .expect("the selection");
        let file = Url::from_file_path(path).expect("an absolute path");
        Self {
            display,
            atoms,
            window,
            root,
            files: format!("{file}\r\n"),
        }
    }

    /// The largest window that takes drops, and where its corner is.
    fn largest_target(&self) -> (Window, (i16, i16)) {
        let tree = self.display.query_tree(self.root).expect("asked").reply();
        let windows = tree.expect("the windows").children;
        let aware = windows.into_iter().filter_map(|window| {
            let property = self
                .display
                .get_property(false, window, self.atoms.XdndAware, AtomEnum::ATOM, 0, 1)
                .ok()?
                .reply()
                .ok()?;
            let place = self.display.get_geometry(window).ok()?.reply().ok()?;
            let size = u32::from(place.width) * u32::from(place.height);
            (property.value_len > 0).then_some((size, window, (place.x, place.y)))
        });
        let (_, window, corner) = aware.max().expect("a window takes drops");
        (window, corner)
    }

    fn point(&self, target: Window, (x, y): (i16, i16)) {
        let place = u32::from(x.cast_unsigned()) << 16 | u32::from(y.cast_unsigned());
        let copy = self.atoms.XdndActionCopy;
        self.tell(
            target,
            self.atoms.XdndPosition,
            [0, place, CURRENT_TIME, copy],
        );
    }

    fn tell(&self, target: Window, kind: u32, data: [u32; 4]) {
        let data = [self.window, data[0], data[1], data[2], data[3]];
        let message = ClientMessageEvent::new(32, target, kind, data);
        self.display
            .send_event(false, target, EventMask::NO_EVENT, message)
            .expect("a message goes out");
        self.display.flush().expect("it is on its way");
    }

    /// Waits for an answer of the target, and gives it the files when it asks for them.
    fn wait_for(&mut self, kind: u32, give_up: Instant) -> ClientMessageEvent {
        loop {
            match self.display.poll_for_event().expect("the display is there") {
                Some(Event::ClientMessage(message)) if message.type_ == kind => return message,
                Some(Event::SelectionRequest(request)) => self.give(&request),
                Some(_) => {}
                None => std::thread::sleep(GLANCE),
            }
            assert!(
                Instant::now() < give_up,
                "the window does not take the file"
            );
        }
    }

    fn give(&self, request: &SelectionRequestEvent) {
        let to = request.requestor;
        let given = if request.target == self.atoms.UriList {
            let files = self.files.as_bytes();
            self.display.change_property8(
                PropMode::REPLACE,
                to,
                request.property,
                request.target,
                files,
            )
        } else if request.target == self.atoms.TARGETS {
            let targets = [self.atoms.TARGETS, self.atoms.UriList];
            self.display.change_property32(
                PropMode::REPLACE,
                to,
                request.property,
                AtomEnum::ATOM,
                &targets,
            )
        } else {
            return self.answer(request, NONE);
        };
        given.expect("the files are given");
        self.answer(request, request.property);
    }

    fn answer(&self, request: &SelectionRequestEvent, property: u32) {
        let event = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property,
        };
        self.display
            .send_event(false, request.requestor, EventMask::NO_EVENT, event)
            .expect("an answer goes out");
        self.display.flush().expect("it is on its way");
    }
}
