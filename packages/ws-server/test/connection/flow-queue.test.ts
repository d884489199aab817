import { expect, test } from "vitest";
import { Flow, FlowQueue } from "../../src/connection/flow-queue.js";
import { RandomSource } from "../hostile/random-source.js";

class Member {
  readonly flow = new Flow();
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** Handles requests of a member, each of which takes `ms`. */
function handle(queue: FlowQueue<Member>, member: Member, ms: number, requests = 1): void {
  queue.start(member);
  queue.finish(member, requests * ms, requests);
}

/** Handles the next request. @returns its member */
function handleNext(queue: FlowQueue<Member>, ms: number): Member {
  const next = queue.next as Member;
  handle(queue, next, ms);
  return next;
}

const create = (count: number) => Array.from({ length: count }, (_, index) => new Member(`${index}`));

test("takes members that always wait one after the other", () => {
  const queue = new FlowQueue<Member>();
  for (const member of create(3)) queue.add(member);
  const order = Array.from({ length: 9 }, () => {
    const member = handleNext(queue, 1);
    queue.add(member);
    return member.name;
  });
  expect(order.join("")).toBe("012012012");
});

/**
 * Lets two members wait all the time.
 *
 * @param work returns the requests of a member's turn, and the time of each
 * @returns the time that one gets, divided by that of the other
 */
function shareOf(work: (isOne: boolean, round: number) => { readonly ms: number; readonly requests?: number }): number {
  const queue = new FlowQueue<Member>();
  const [one, other] = create(2) as [Member, Member];
  const sums = new Map([
    [one, 0],
    [other, 0],
  ]);
  for (let round = 0; round < 1_000; round++) {
    queue.add(one);
    queue.add(other);
    const member = queue.next as Member;
    const { ms, requests = 1 } = work(member === one, round);
    handle(queue, member, ms, requests);
    sums.set(member, (sums.get(member) as number) + requests * ms);
  }
  return (sums.get(one) as number) / (sums.get(other) as number);
}

test("gives members whose requests take longer fewer of them, so that each gets the same time", () => {
  const share = shareOf((isShort) => ({ ms: isShort ? 0.1 : 0.9 }));
  expect(Math.abs(share - 1)).toBeLessThan(0.1);
});

test("gives members the same time if some of them have several requests finished together", () => {
  const share = shareOf((isOne, round) => ({ ms: 0.1, requests: isOne ? 1 : 1 + (round % 20) }));
  expect(Math.abs(share - 1)).toBeLessThan(0.1);
});

test("takes a member that waits rarely before a hundred that always wait", () => {
  const queue = new FlowQueue<Member>();
  for (const busy of create(100)) queue.add(busy);
  const rare = new Member("rare");
  const positions = Array.from({ length: 20 }, () => {
    for (let request = 0; request < 137; request++) queue.add(handleNext(queue, 0.3));
    queue.add(rare);
    let position = 0;
    for (let member = handleNext(queue, 0.3); member !== rare; member = handleNext(queue, 0.3)) {
      queue.add(member);
      position++;
    }
    return position;
  });
  expect(Math.max(...positions)).toBeLessThanOrEqual(1);
});

test("takes the member whose last request is longest ago first, of those that use less than their share", () => {
  const queue = new FlowQueue<Member>();
  const [early, late, other] = create(3) as [Member, Member, Member];
  for (const member of [early, other, other, late, other, other]) handle(queue, member, 1);
  const fresh = new Member("fresh");
  for (const member of [late, early, fresh]) queue.add(member);
  expect([1, 2, 3].map(() => handleNext(queue, 0))).toEqual([fresh, early, late]);
});

test("delays a member for a request that took unusually long by less than the time that it took", () => {
  const queue = new FlowQueue<Member>();
  const [paused, ...others] = create(3) as [Member, ...Member[]];
  for (let request = 0; request < 50; request++) {
    for (const member of [paused, ...others]) handle(queue, member, 0.1);
  }
  handle(queue, paused, 1);
  for (const member of [paused, ...others]) queue.add(member);
  let before = 0;
  for (let member = handleNext(queue, 0.1); member !== paused; member = handleNext(queue, 0.1)) {
    queue.add(member);
    before++;
  }
  expect(before).toBeLessThan(10);
});

test("agrees with a sorted list, in any order of additions, removals and requests", () => {
  const seed = Number(process.env.FLOW_SEED ?? 29);
  const random = new RandomSource(seed);
  const queue = new FlowQueue<Member>();
  const members = create(60);
  const waiting = new Map<Member, readonly [startTime: number, finishTime: number, order: number]>();
  let time = 0;
  for (let step = 0; step < 5_000; step++) {
    const member = random.pick(members);
    const { finishTime } = member.flow;
    const kind = random.int(10);
    if (kind < 5) {
      queue.add(member);
      if (!waiting.has(member)) waiting.set(member, [Math.max(time, finishTime), finishTime, step]);
    } else if (kind < 6) {
      queue.delete(member);
      waiting.delete(member);
    } else {
      const [first] = [...waiting].sort(([, one], [, two]) => one[0] - two[0] || compare(one, two));
      expect(queue.next, `FLOW_SEED=${seed}, step ${step}`).toBe(first?.[0]);
      if (first === undefined) continue;
      [time] = first[1];
      waiting.delete(first[0]);
      handleNext(queue, random.int(10) / 10);
    }
    expect(queue.size).toBe(waiting.size);
  }
});

/** Compares finish times, which can be infinite, and then the order of additions. */
function compare(one: readonly [number, number, number], two: readonly [number, number, number]): number {
  return one[1] === two[1] ? one[2] - two[2] : one[1] < two[1] ? -1 : 1;
}
