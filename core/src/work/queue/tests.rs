use alloc::vec;

use proptest::prelude::*;

use super::*;

fn at(task: u32) -> Place {
    Place { plan: 1, task }
}

fn waits(tenant: u32) -> Standing {
    Standing { class: 3, tenant, shape: u64::from(tenant), keys: 0, rank: 0, since: Timestamp(0) }
}

/// What a pass is told of a task.
#[derive(Debug, Clone, Copy)]
enum Answer {
    Nobody,
    Taken,
    Later,
    Served,
}

/// The same by looking at everything each time.
fn looked_at(queue: &Queue, (gone, shapes, keys, skipped): &Model) -> Option<Place> {
    let open = queue.stands.iter().filter(|(place, standing)| {
        let Standing { tenant, shape, keys: own, .. } = **standing;
        !gone.contains(*place)
            && !shapes.contains(&(tenant, shape))
            && !keys.contains(&(standing.class, tenant, shape, own))
            && !skipped.contains(*place)
    });
    let clock = |standing: &Standing| queue.lines[&(standing.class, standing.tenant)].clock;
    let key = |(place, standing): &(&Place, &Standing)| {
        (standing.class, clock(standing), standing.tenant, order(standing, **place))
    };
    open.min_by_key(key).map(|(place, _)| *place)
}

/// The first task of all lines, by looking at every line each time.
fn first_of_all(queue: &Queue, pass: &Pass) -> Option<Place> {
    let open = queue.lines.iter().filter(|((_, tenant), _)| !pass.tenants.contains(tenant));
    let heads = open.filter_map(|(&(class, tenant), line)| {
        let head = line.head(tenant, pass, pass.fronts.get(&(class, tenant)))?;
        Some((class, line.clock, tenant, head))
    });
    heads.min().map(|(.., (_, _, place))| place)
}

/// What happens between two looks.
#[derive(Debug, Clone, Copy)]
enum Event {
    Comes(Standing),
    /// These are about one of the tasks that wait.
    Goes(usize),
    Changes(usize, Standing),
    IsServed(usize, u64),
    Answers(usize, Answer),
    /// These are about the task that comes first.
    First(Answer),
    Closes(u32),
    /// The pass is stored and read back.
    Stored,
    /// So is the queue.
    Restored,
    Over,
}

fn events() -> impl Strategy<Value = Event> {
    let standing = (1..=2_u8, 0..5_u32, 0..3_u64, 0..2_u64, 0..3_u32);
    let standing = standing.prop_map(|(class, tenant, shape, keys, rank)| Standing {
        class,
        tenant,
        shape,
        keys,
        rank,
        since: Timestamp(0),
    });
    let answer = prop::sample::select(vec![Answer::Nobody, Answer::Taken, Answer::Later, Answer::Served]);
    prop_oneof![
        8 => standing.clone().prop_map(Event::Comes),
        2 => any::<usize>().prop_map(Event::Goes),
        2 => (any::<usize>(), standing).prop_map(|(which, standing)| Event::Changes(which, standing)),
        2 => (any::<usize>(), 1..200_000_u64).prop_map(|(which, ms)| Event::IsServed(which, ms)),
        2 => (any::<usize>(), answer.clone()).prop_map(|(which, answer)| Event::Answers(which, answer)),
        12 => answer.prop_map(Event::First),
        1 => (0..5_u32).prop_map(Event::Closes),
        1 => Just(Event::Stored),
        1 => Just(Event::Restored),
        1 => Just(Event::Over),
    ]
}

fn tell(queue: &mut Queue, pass: &mut Pass, place: Place, answer: Answer) {
    let Some(standing) = queue.standing(place) else { return };
    match answer {
        Answer::Nobody => pass.block(&standing, place),
        Answer::Taken => pass.block_keys(&standing, place),
        Answer::Later => pass.skip(Some(&standing), place),
        Answer::Served => {
            queue.serve(place, Some(70_000));
            pass.skip(None, place);
        }
    }
}

fn happens(queue: &mut Queue, pass: &mut Pass, event: Event, next: u32) {
    let any = |queue: &Queue, which: usize| {
        let count = queue.stands.len();
        (count > 0).then(|| *queue.stands.keys().nth(which % count).expect("there are so many"))
    };
    match event {
        Event::Comes(standing) => queue.insert(at(next), standing),
        Event::Goes(which) => drop(any(queue, which).and_then(|place| queue.remove(place))),
        Event::Changes(which, standing) => {
            let Some(place) = any(queue, which) else { return };
            queue.restand(place, standing);
        }
        Event::IsServed(which, ms) => {
            let Some(place) = any(queue, which) else { return };
            queue.serve(place, Some(ms));
        }
        Event::Answers(which, answer) => {
            let Some(place) = any(queue, which) else { return };
            tell(queue, pass, place, answer);
        }
        Event::First(answer) => {
            let Some(place) = queue.head(pass) else { return };
            tell(queue, pass, place, answer);
        }
        Event::Closes(tenant) => pass.block_tenant(tenant),
        Event::Stored => *pass = minicbor::decode(&minicbor::to_vec(&*pass).expect("memory")).expect("as written"),
        Event::Restored => {
            let mut read = Queue::from_clocks(queue.clocks());
            queue.stands.iter().for_each(|(place, standing)| read.put_back(*place, *standing));
            *queue = read;
            *pass = minicbor::decode(&minicbor::to_vec(&*pass).expect("memory")).expect("as written");
        }
        Event::Over => *pass = Pass::default(),
    }
}

type Model = (BTreeSet<Place>, BTreeSet<(u32, u64)>, BTreeSet<(u8, u32, u64, u64)>, BTreeSet<Place>);

#[test]
fn a_newcomer_does_not_go_before_what_was_served_although_a_laggard_was_served_last() {
    let mut queue = Queue::default();
    queue.insert(at(0), waits(1));
    for task in 1..4 {
        queue.insert(at(task), waits(2));
        queue.serve(at(task), Some(1000));
    }
    // Tenant 1 had no agent so far. Now it has one, and tenant 3 comes.
    queue.serve(at(0), Some(1000));
    queue.insert(at(4), waits(3));
    queue.insert(at(5), waits(1));
    assert_eq!(queue.head(&mut Pass::default()), Some(at(5)), "tenant 3 begins where the others are, not before them");
}

#[test]
fn tenants_share_the_time_however_much_of_it_has_gone_by() {
    let mut queue = Queue::default();
    // Three hundred million years, if anybody had counted them.
    for tenant in [1, 2] {
        queue.insert(at(tenant), waits(tenant));
        queue.alter((3, tenant), |line| line.clock = u64::MAX - 5);
    }
    let mut had = BTreeMap::<u32, u32>::new();
    for next in 10..50 {
        let place = queue.head(&mut Pass::default()).expect("somebody waits");
        let tenant = queue.standing(place).expect("it waits").tenant;
        *had.entry(tenant).or_default() += 1;
        queue.insert(at(next), waits(tenant));
        // Longer than anything counts for.
        queue.serve(place, Some(u64::MAX));
    }
    assert_eq!(had, [(1, 20), (2, 20)].into());
    // Who comes now stands where the others are.
    queue.insert(at(50), waits(3));
    let served = queue.clocks[&3];
    assert!((1..FAR).contains(&served) && queue.lines[&(3, 3)].clock == served, "{:?}", queue.clocks);
}

proptest! {
    #[test]
    fn the_clock_of_a_class_never_goes_back(steps in prop::collection::vec((0..4_u32, 0..3_u8, 1..5000_u64), 1..200)) {
        let (mut queue, mut next, mut before) = (Queue::default(), 0, 0);
        queue.set_shares([(1, 3), (2, 7)].into());
        for (tenant, act, ms) in steps {
            let first = queue.stands.iter().find(|(_, standing)| standing.tenant == tenant).map(|(place, _)| *place);
            match (act, first) {
                (0, _) | (_, None) => {
                    queue.insert(at(next), waits(tenant));
                    next += 1;
                }
                // Whoever it is: agents may be some tenants' only.
                (1, Some(place)) => queue.serve(place, Some(ms)),
                (_, Some(place)) => drop(queue.remove(place)),
            }
            let clock = queue.clocks.get(&3).copied().unwrap_or(0);
            prop_assert!(clock >= before, "{clock} after {before}");
            before = clock;
        }
    }

    #[test]
    fn a_pass_comes_to_the_tasks_in_the_order_of_one_that_looks_at_all_of_them(
        tasks in prop::collection::vec((1..=2_u8, 0..2_u32, 0..4_u64, 0..3_u64, 0..4_u32), 1..60),
        answers in prop::collection::vec(
            prop::sample::select(vec![Answer::Nobody, Answer::Taken, Answer::Later, Answer::Served]), 60..61),
    ) {
        let mut queue = Queue::default();
        for (task, (class, tenant, shape, keys, rank)) in (0..).zip(tasks) {
            queue.insert(at(task), Standing { class, tenant, shape, keys, rank, since: Timestamp(0) });
        }
        let (mut pass, mut model) = (Pass::default(), Model::default());
        for answer in answers {
            // It is stored between two records.
            let stored = minicbor::to_vec(&pass).expect("memory");
            pass = minicbor::decode(&stored).expect("as it was written");
            let head = queue.head(&mut pass);
            prop_assert_eq!(head, looked_at(&queue, &model));
            let Some(place) = head else { break };
            let standing = queue.standing(place).expect("it waits");
            match answer {
                Answer::Nobody => {
                    pass.block(&standing, place);
                    model.1.insert((standing.tenant, standing.shape));
                }
                Answer::Taken => {
                    pass.block_keys(&standing, place);
                    model.2.insert((standing.class, standing.tenant, standing.shape, standing.keys));
                }
                Answer::Later => {
                    pass.skip(Some(&standing), place);
                    model.3.insert(place);
                }
                Answer::Served => {
                    queue.serve(place, Some(1000));
                    pass.skip(None, place);
                    model.0.insert(place);
                }
            }
        }
    }

    #[test]
    fn a_pass_over_many_lines_finds_what_looking_at_every_line_finds(
        late in any::<bool>(),
        story in prop::collection::vec(events(), 1..120),
    ) {
        let (mut queue, mut pass) = (Queue::default(), Pass::default());
        if late {
            // The clocks are about to be turned back.
            let lines = (0..5).map(|tenant| (1, tenant, FAR - 100_000_000 * u64::from(tenant)));
            queue = Queue::from_clocks(Clocks { lines: lines.collect(), classes: vec![(1, FAR - 1_000_000_000)] });
        }
        for (next, event) in (0..).zip(story) {
            happens(&mut queue, &mut pass, event, next);
            let looked = first_of_all(&queue, &pass);
            prop_assert_eq!(queue.head(&mut pass), looked, "after {:?}", event);
        }
    }

    #[test]
    fn tenants_that_always_want_more_share_the_time_by_their_shares(
        shares in prop::collection::vec(1..20_u32, 2..5),
        lengths in prop::collection::vec(1..10_000_u64, 300),
    ) {
        let mut queue = Queue::default();
        let tenants: Vec<u32> = (0..).take(shares.len()).collect();
        queue.set_shares(tenants.iter().copied().zip(shares.iter().copied()).collect());
        tenants.iter().for_each(|tenant| queue.insert(at(*tenant), waits(*tenant)));
        let mut had = alloc::vec![0_u64; shares.len()];
        for (ms, next) in lengths.iter().zip(100..) {
            let place = queue.head(&mut Pass::default()).expect("somebody waits");
            let tenant = queue.standing(place).expect("it waits").tenant;
            // The next one stands there before this one is served: its line is never empty.
            queue.insert(at(next), waits(tenant));
            queue.serve(place, Some(*ms));
            had[tenant as usize] += ms;
        }
        // Start-time fair queueing: two of them are never further apart than the longest task over each share.
        for (one, share) in had.iter().zip(&shares) {
            for (other, others) in had.iter().zip(&shares) {
                let gap = (one / u64::from(*share)).abs_diff(other / u64::from(*others));
                let most = 10_000 / u64::from(*share) + 10_000 / u64::from(*others) + 2;
                prop_assert!(gap <= most, "{had:?} by {shares:?}");
            }
        }
    }
}
