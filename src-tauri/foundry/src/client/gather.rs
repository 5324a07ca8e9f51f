//! Small pieces that come in quick succession, joined.
//!
//! Whatever carries a piece on costs far more than the piece: a read, a write, a wake-up for
//! each. A model writes some hundred pieces a second, and each of them goes on at once; what comes
//! faster, from a cache or after a stall, is taken two milliseconds' worth at a time. And however
//! much there is of one body, the others get their turn between.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use tokio::time::{Instant, Sleep};

/// As many small pieces go on at once in quick succession, and one more for every millisecond: a
/// short answer, and the beginning of any, is never held back.
const AT_ONCE: u32 = 32;
/// How long nothing is read after one piece too many. Half as long takes a tenth more of a
/// processor where 32 streams come at once, and a third more for one alone.
const REST: Duration = Duration::from_millis(2);
/// A piece of so many bytes is worth what it costs.
const LARGE: usize = 4 * 1024;
/// So often nothing has to be there before there is nothing: hyper's server asks a body twice
/// before anybody else gets a turn.
const ASKED: u32 = 3;
/// Most bytes that are joined, and that go on before others get a turn.
const MOST: usize = 8 * 1024;

/// The same bytes in the same order, in fewer pieces where they come too quickly.
pub(super) struct Gathered<S, E> {
    pieces: S,
    /// How many small pieces may go on at once.
    allowance: u32,
    /// Up to when the allowance was counted.
    counted: Instant,
    rest: Rest,
    /// Bytes that went on since others had a turn.
    passed: usize,
    /// How often this turn has been offered to others.
    offered: u32,
    joined: BytesMut,
    /// What is left of a piece that is too much for one turn.
    left: Bytes,
    /// The end, which came while there were pieces to hand out.
    end: Option<Option<E>>,
}

/// What is done about pieces that come too quickly.
enum Rest {
    /// None came.
    None,
    /// Nothing is read for a while.
    Until(Pin<Box<Sleep>>),
    /// What came meanwhile is joined. Whoever hands it over does so piece by piece, and gets a
    /// turn for each.
    Over { asked: u32 },
}

impl<S, E> Gathered<S, E> {
    pub(super) fn new(pieces: S) -> Self {
        Self {
            pieces,
            allowance: AT_ONCE,
            counted: Instant::now(),
            rest: Rest::None,
            passed: 0,
            offered: 0,
            joined: BytesMut::new(),
            left: Bytes::new(),
            end: None,
        }
    }

    /// Notes that a piece goes on, and rests after it if it was one too many.
    fn goes_on(&mut self, piece: Bytes) -> Bytes {
        self.passed += piece.len();
        if piece.len() >= LARGE {
            return piece;
        }
        let now = Instant::now();
        let ticks = now.duration_since(self.counted).as_millis();
        if ticks > 0 {
            let more = u32::try_from(ticks).unwrap_or(AT_ONCE);
            self.allowance = self.allowance.saturating_add(more).min(AT_ONCE);
            self.counted = now;
        }
        match self.allowance.checked_sub(1) {
            Some(left) => self.allowance = left,
            None => self.rest = Rest::from(now),
        }
        piece
    }

    /// What was joined. As long as there is something each time, it is taken that way: after a
    /// rest or, where there is more already, at the next turn.
    fn joined(&mut self) -> Bytes {
        self.passed += self.joined.len();
        self.rest = match self.joined.len() >= MOST {
            true => Rest::Over { asked: 0 },
            false => Rest::from(Instant::now()),
        };
        self.joined.split().freeze()
    }

    /// The next piece, or what one turn takes of it.
    fn piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, E>>>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        if self.left.is_empty() {
            let piece = ready!(Pin::new(&mut self.pieces).poll_next(cx));
            match piece {
                Some(Ok(piece)) => self.left = piece,
                end => return Poll::Ready(end),
            }
        }
        let most = self.left.len().min(MOST);
        Poll::Ready(Some(Ok(self.left.split_to(most))))
    }

    /// It is the turn of others.
    fn gives_way(&mut self) -> bool {
        if self.passed < MOST {
            return false;
        }
        self.offered += 1;
        if self.offered == ASKED {
            self.offered = 0;
            self.passed = 0;
        }
        self.passed > 0
    }
}

impl Rest {
    fn from(now: Instant) -> Self {
        Self::Until(Box::pin(tokio::time::sleep_until(now + REST)))
    }
}

impl<S, E> Stream for Gathered<S, E>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: Unpin,
{
    type Item = Result<Bytes, E>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Some(end) = this.end.take() {
            return Poll::Ready(end.map(Err));
        }
        if let Rest::Until(sleep) = &mut this.rest {
            ready!(sleep.as_mut().poll(cx));
            this.passed = 0;
            this.rest = Rest::Over { asked: 0 };
        }
        if this.gives_way() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        loop {
            let next = this.piece(cx);
            let Rest::Over { asked } = &mut this.rest else {
                if next.is_pending() {
                    this.passed = 0;
                }
                return next.map(|next| next.map(|piece| piece.map(|it| this.goes_on(it))));
            };
            match next {
                Poll::Ready(Some(Ok(piece))) => {
                    *asked = 0;
                    this.joined.extend_from_slice(&piece);
                    if this.joined.len() >= MOST {
                        return Poll::Ready(Some(Ok(this.joined())));
                    }
                }
                Poll::Ready(end) => {
                    let end = end.and_then(Result::err);
                    if this.joined.is_empty() {
                        return Poll::Ready(end.map(Err));
                    }
                    this.end = Some(end);
                    return Poll::Ready(Some(Ok(this.joined())));
                }
                Poll::Pending => {
                    this.passed = 0;
                    *asked += 1;
                    let nothing = *asked == ASKED;
                    match this.joined.is_empty() {
                        false if nothing => return Poll::Ready(Some(Ok(this.joined()))),
                        // It has become quiet, and whoever brings a piece wakes us.
                        true if nothing => this.rest = Rest::None,
                        _ => cx.waker().wake_by_ref(),
                    }
                    return Poll::Pending;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use futures_util::{FutureExt, StreamExt, stream};
    use proptest::prelude::*;

    use super::*;

    type Piece = Result<Bytes, &'static str>;

    /// Pieces, each after so many milliseconds, and then the end.
    fn coming(
        pieces: Vec<(u64, Piece)>,
    ) -> Gathered<impl Stream<Item = Piece> + Unpin, &'static str> {
        let pieces = stream::iter(pieces).then(|(after, piece)| async move {
            if after > 0 {
                tokio::time::sleep(Duration::from_millis(after)).await;
            }
            piece
        });
        Gathered::new(Box::pin(pieces))
    }

    fn small(number: u64) -> Piece {
        Ok(Bytes::from(format!("{number},")))
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_model_writes_goes_on_piece_by_piece() {
        for gap in [1, 2, 30] {
            let written = (0..300).map(|number| (gap, small(number)));
            let passed: Vec<_> = coming(written.clone().collect()).collect().await;
            let written: Vec<_> = written.map(|(_, piece)| piece).collect();
            assert_eq!(passed, written, "every {gap} ms");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_at_once_is_joined_after_its_beginning() {
        let mut passing = coming((0..1_500).map(|number| (0, small(number))).collect());
        for number in 0..u64::from(AT_ONCE) + 1 {
            assert_eq!(passing.next().now_or_never(), Some(Some(small(number))));
        }
        assert_eq!(passing.next().now_or_never(), None, "it rests");
        let rest: Vec<_> = passing.collect().await;
        assert_eq!(rest.len(), 1);
        let all: String = (33..1_500).map(|number| format!("{number},")).collect();
        assert_eq!(rest[0].as_deref(), Ok(all.as_bytes()));
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_twice_in_one_turn_gets_as_much_at_once() {
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        tokio::spawn(async move {
            for number in 0..300 {
                let _ = sender.send(small(number)).await;
            }
        });
        let pieces = stream::unfold(receiver, |mut receiver| async move {
            Some((receiver.recv().await?, receiver))
        });
        let mut passing = Gathered::new(Box::pin(pieces));
        let mut passed = Vec::new();
        // As hyper's server does.
        while let Some(piece) = poll_fn(|cx| match passing.poll_next_unpin(cx) {
            Poll::Pending => passing.poll_next_unpin(cx),
            ready => ready,
        })
        .await
        {
            passed.push(piece.unwrap());
        }
        let all: String = (0..300).map(|number| format!("{number},")).collect();
        assert_eq!(passed.concat(), all.as_bytes());
        assert_eq!(passed.len(), AT_ONCE as usize + 2);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_too_much_for_one_turn_goes_on_in_several() {
        let piece: Bytes = (0..=u8::MAX).cycle().take(3 * MOST + 100).collect();
        let mut passing = coming(vec![(0, Ok(piece.clone())), (0, Err("cut"))]);
        let mut passed = Vec::new();
        for most in [MOST, MOST, MOST, 100] {
            let mut asked = 0;
            let next = poll_fn(|cx| {
                asked += 1;
                passing.poll_next_unpin(cx)
            });
            let part = next
                .await
                .expect("there is more")
                .expect("it is not cut yet");
            assert_eq!(part.len(), most);
            assert_eq!(
                asked == 1,
                passed.is_empty(),
                "others have their turn between"
            );
            passed.extend_from_slice(&part);
        }
        assert_eq!(passed, piece);
        assert_eq!(passing.next().await, Some(Err("cut")));
    }

    #[tokio::test(start_paused = true)]
    async fn large_pieces_are_never_held_back_and_let_others_in_between() {
        let piece = Bytes::from(vec![b'x'; LARGE]);
        let mut passing = coming((0..300).map(|_| (0, Ok(piece.clone()))).collect());
        let began = Instant::now();
        let mut asked = 0;
        for _ in 0..300 {
            let next = poll_fn(|cx| {
                asked += 1;
                passing.poll_next_unpin(cx)
            });
            assert_eq!(next.await, Some(Ok(piece.clone())));
        }
        assert_eq!(Instant::now(), began);
        let turns = 300 * LARGE / MOST - 1;
        assert_eq!(asked, 300 + turns * 2);
    }

    /// Runs without waiting: time passes as soon as there is nothing else to do.
    fn run<T>(future: impl Future<Output = T>) -> T {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build();
        runtime.expect("a runtime").block_on(future)
    }

    proptest! {
        #[test]
        fn nothing_is_lost_added_or_turned_round(
            written in proptest::collection::vec((0_u64..3, 0_usize..9_000), 0..200),
            fails: bool,
        ) {
            let mut bytes = (0..=u8::MAX).cycle();
            let mut piece = |length| -> Bytes { bytes.by_ref().take(length).collect() };
            let pieces = written.into_iter().map(|(after, length)| (after, Ok(piece(length))));
            let end = fails.then_some((0, Err("cut")));
            let pieces: Vec<(u64, Piece)> = pieces.chain(end).collect();
            let whole = |pieces: &[Piece]| pieces.iter().flatten().flatten().copied().collect();
            let sent: Vec<Piece> = pieces.iter().map(|(_, piece)| piece.clone()).collect();
            let passed: Vec<Piece> = run(coming(pieces).collect());
            let (came, sent): (Vec<u8>, Vec<u8>) = (whole(&passed), whole(&sent));
            prop_assert_eq!(came, sent);
            let failed = passed.iter().filter(|piece| piece.is_err()).count();
            prop_assert_eq!(failed, usize::from(fails));
        }
    }
}
