//! A start that is only looked at.

use super::scripted::{self, Ready};
use super::{Builder, bridges, contracts, thread};
use crate::front::StartError;

impl Builder {
    /// What a start would find before it listens: what would be there, what is wrong, and what may do harm. Nothing is started.
    pub(crate) fn look(&self) -> (Ready, Vec<StartError>, Vec<String>) {
        let (mut wrong, mut warnings) = thread::look(&self.settings);
        wrong.extend(self.refuse_undecided().err());
        wrong.extend(contracts::of(&self.settings).err());
        wrong.extend(bridges::of(&self.settings).err());
        if wrong.is_empty() {
            wrong.extend(scripted::played_over(&self.settings));
        }
        let (ready, of_script) = self.scripted.clone().look(&self.settings);
        wrong.extend(of_script);
        warnings.extend(ready.warning(&self.settings));
        (ready, wrong, warnings)
    }
}
