//! Plans that plans beget. A dispatch is no hop, so that a plan whose cause is one would be as deep as the plan before it, for
//! ever: it counts as a step of its own, under the limits of its chain.

use core::cmp::Reverse;

use super::{State, gate, trip};
use crate::{
    chain::Cause,
    config::Enforce,
    effect::{Act, Action, Effect},
    id::{ChainId, EffectId, Seq},
    input::{Causes, PlanRef, Propose},
    loops::Deed,
    text::Text,
    verdict::{Decision, Denial, DenyReason},
    work::{Led, Origin, Patch, Plan},
};

/// The plan whose dispatch a proposal names as its cause.
#[derive(Debug, Clone)]
pub(crate) struct Behalf {
    /// What its agents do is charged to it, one effect for each task.
    pub(super) plan: PlanRef,
    dispatch: EffectId,
    /// What led to the plan.
    event: Option<Seq>,
    parent: Option<EffectId>,
}

impl Behalf {
    /// What an agent does for a plan is done because of what led to the plan, as evidence sees it.
    pub(super) fn resolved(&self, cause: Cause) -> Cause {
        let own = cause.parent == Some(self.dispatch) && cause.event.is_none();
        if own { Cause { event: self.event, ..cause } } else { cause }
    }

    /// The effect that led to the plan, where no event did.
    pub(super) fn effect_before(&self, cause: &Cause) -> Option<EffectId> {
        self.parent.filter(|_| cause.parent == Some(self.dispatch) && cause.event.is_none())
    }
}

/// What is begun because of something: a plan, or a patch of one.
pub(super) struct Begun<'a> {
    plan: &'a Text,
    tenant: Option<&'a Text>,
    cause: Option<&'a Text>,
    /// Its name in verdicts.
    key: &'a Text,
}

impl<'a> From<&'a Plan> for Begun<'a> {
    fn from(plan: &'a Plan) -> Self {
        Self { plan: &plan.id, tenant: plan.tenant.as_ref(), cause: plan.cause.as_ref(), key: &plan.id }
    }
}

impl<'a> From<&'a Patch> for Begun<'a> {
    fn from(patch: &'a Patch) -> Self {
        let key = patch.key.as_ref().unwrap_or(&patch.plan);
        Self { plan: &patch.plan, tenant: patch.tenant.as_ref(), cause: patch.cause.as_ref(), key }
    }
}

impl State {
    /// Where a plan, or a patch of one, begins in its chain. One that is too deep, or for which the chain has nothing left, trips the chain's
    /// breaker and begins paused: a person looks at it. So does one of a chain that has tripped.
    pub(super) fn origin(&mut self, begun: &Begun<'_>, decision: &mut Decision) -> Origin {
        let number = self.tenant_or_new(begun.tenant.map_or("", Text::as_str));
        let tenant = self.tenants.get(number as usize);
        let named = tenant.zip(begun.cause);
        let cause = named.and_then(|(tenant, name)| tenant.chains.cause(name));
        let begot = named.is_some_and(|(tenant, name)| tenant.chains.is_errand(name));
        let chain = cause.map_or(ChainId(self.seq), |cause| cause.chain);
        let hop = cause.map_or(0, |cause| cause.hop.saturating_add(u16::from(begot)));
        // A plan that a plan begets is made because of what led to the first.
        let before = cause.filter(|_| begot).and_then(|cause| self.crew.work.run_of(cause.parent?));
        let before = before.map(|(run, task)| run.led(task));
        let led = before.map(|led| (led.event, led.parent)).or(cause.map(|cause| (cause.event, cause.parent)));
        let (event, parent) = led.unwrap_or_default();
        let mut stopped = self.is_stopped(number, chain);
        if let Some(cause) = cause.filter(|_| !stopped) {
            stopped =
                if begot { self.is_too_much(number, (begun, cause), decision) } else { self.is_tripped(number, chain) };
        }
        Origin { tenant: number, chain, hop, stopped, event, parent }
    }

    /// The plan whose dispatch a proposal names as its cause: of several the deepest, as of all causes.
    pub(super) fn plan_behind(&self, propose: &Propose) -> Option<Behalf> {
        let number = self.tenant_number(propose.tenant.as_deref().unwrap_or(""))?;
        let named = propose.cause.as_slice().iter().filter_map(|name| name.parse::<EffectId>().ok());
        let runs = named.filter_map(|dispatch| Some((dispatch, self.crew.work.run_of(dispatch)?)));
        // An event of this tenant may be called like an effect of another.
        let runs = runs.filter(|(_, (run, _))| run.tenant == number);
        let runs = runs.map(|(dispatch, (run, task))| (dispatch, run, run.led(task)));
        // Of equals the first: the last of a reversed list.
        let depth = |led: &Led| (led.hop, led.event.is_some(), Reverse(led.chain));
        let (dispatch, run, led) = runs.rev().max_by_key(|(.., led)| depth(led))?;
        let size = u32::try_from(run.nodes.len()).unwrap_or(u32::MAX);
        let plan = PlanRef { id: run.plan.id.clone(), size };
        Some(Behalf { plan, dispatch, event: led.event, parent: led.parent })
    }

    /// Has the chain tripped, where that stops anything?
    fn is_tripped(&self, number: u32, chain: ChainId) -> bool {
        let tripped = |tenant: &super::Tenant| tenant.loops.is_tripped(chain, self.now);
        self.config.enforce != Enforce::Log && self.tenants.get(number as usize).is_some_and(tripped)
    }

    /// Charges what is begun to its chain, like an effect. Says whether that was one too many.
    fn is_too_much(&mut self, number: u32, (begun, cause): (&Begun<'_>, Cause), decision: &mut Decision) -> bool {
        let Some((mut cx, tenant)) = self.cx(number, decision) else { return false };
        let mut ask = gate::ask(&cause, cause.hop.saturating_add(1), Deed::default());
        ask.automated = true;
        let limits = &cx.config.chain;
        let denial = match tenant.loops.judge(&ask, limits) {
            Ok(()) if tenant.loops.is_open(&ask, cx.now) || tenant.loops.is_tripped(ask.chain, cx.now) => {
                Denial::new(DenyReason::Tripped, ask.chain, ask.hop)
            }
            Ok(()) => {
                let left = tenant.loops.count(&ask, false, limits);
                if let Some(parent) = cause.parent.filter(|_| cause.hop > 0) {
                    tenant.chains.on_spent(parent, left);
                }
                return false;
            }
            Err(denial) => denial,
        };
        if cx.config.enforce == Enforce::Log {
            return false;
        }
        let act = Act { subject: Text::concat(&["plan:", begun.plan]), ..Act::default() };
        let named = Causes::One(begun.cause.cloned().unwrap_or_default());
        let refused = Effect {
            hop: ask.hop,
            tenant: begun.tenant.filter(|name| !name.is_empty()).cloned(),
            key: Some(begun.key.clone()),
            ..Effect::new(Action::Act(act), cx.next_id(), cause.chain, named)
        };
        trip::refuse(&mut cx, tenant, &refused, &ask, denial);
        true
    }
}
