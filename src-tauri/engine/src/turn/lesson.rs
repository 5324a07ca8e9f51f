//! What a refusal teaches of a deployment, and whether the question can go on without what was
//! refused.

use hearth_foundry::{Category, Failure};

use super::Plan;
use crate::api::{Limit, RefusedEffort};
use crate::capability::{self, Learned};

/// What follows from a failure.
pub(crate) struct Lesson {
    /// What the deployment showed. Where the question is asked once more, it counts only when
    /// that gets through: what is refused with it and without it was refused for something else.
    pub(crate) learned: Learned,
    pub(crate) next: Next,
}

/// What becomes of the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// It is asked once more, without what was refused.
    AskAgain,
    /// It cannot go without, or has been asked without already.
    GiveUp,
}

impl Next {
    fn again(possible: bool) -> Self {
        match possible {
            true => Self::AskAgain,
            false => Self::GiveUp,
        }
    }
}

impl Plan {
    /// Leaves out what the deployment has just refused, or thinking that it does not know any
    /// more, and asks for less where it named a limit.
    pub(crate) fn learn_from(&mut self, failure: &Failure) -> Lesson {
        let mut learned = Learned::default();
        if failure.category() == Category::ThinkingInvalid {
            let next = Next::again(self.forget_earlier_thinking());
            return Lesson { learned, next };
        }
        let request = self.build().request;
        if let Some(limit) = capability::exceeded(failure, &request) {
            tracing::info!(?limit, "the deployment has a limit");
            // What was written cannot be made shorter; what is to come can be.
            let next = Next::again(match limit.limit {
                Limit::Output => self.lower_output(limit.tokens),
                Limit::Context => false,
            });
            learned.push_limit(limit);
            return Lesson { learned, next };
        }
        let Some(lack) = capability::refused(failure, &request) else {
            let next = Next::GiveUp;
            return Lesson { learned, next };
        };
        if self.without.contains(&lack.capability) {
            let next = Next::GiveUp;
            return Lesson { learned, next };
        }
        tracing::info!(?lack, "the deployment lacks something");
        let next = Next::again(self.leave_out(lack.capability));
        match lack.effort {
            Some(effort) => learned.push_refused_effort(RefusedEffort {
                effort,
                at: crate::now(),
                said: lack.said,
            }),
            None => learned.push(capability::measured(
                lack.capability,
                false,
                Some(lack.said),
            )),
        }
        Lesson { learned, next }
    }
}
