import {
  account,
  brokerConnection,
  equity,
  executions,
  notifications,
  orders,
  type ParamsOf,
  positions,
} from "@trading/topic";
import { defineModule, type Module, type Publish, serve, type TopicSource } from "@trading/ws-server";
import type { AccountListener, AccountSnapshot } from "./account-listeners.js";
import type { BrokerService } from "./broker.js";
import { toAccountState, toEquity, toExecution, toNotification, toPlacedOrder, toPosition } from "./engine/wire.js";
import { BROKER_KEY } from "./forwarding/holding.js";

/** In a cluster the topics of all accounts are owned by the server that runs the broker, and followed by the others. */
const AT_BROKER = { owner: () => BROKER_KEY, isHeld: true } as const;

/**
 * Builds the broker's routes for the streaming server. Routes with a current state (orders, positions, account, equity,
 * connection) publish it first; executions and notifications are published as they happen. Past executions are
 * available over REST.
 */
export function brokerStreams(broker: BrokerService): Module {
  const ofAccount = <Params extends { readonly accountId: string }, Update>(
    listen: (publish: Publish<Update>, params: Params) => Partial<AccountListener>,
  ): TopicSource<Params, Update> =>
    stoppable((params, publish) =>
      broker.watch(params.accountId, {
        onState() {},
        onChanges() {},
        onEnd: (reason) => publish.end(reason),
        ...listen(publish, params),
      }),
    );
  return defineModule({
    name: "broker",
    version: "1.0.0",
    description: "Orders, positions and money of accounts, for paper trading",
    routes: [
      serve(
        orders,
        ofAccount((publish) => {
          const publishAll = (changed: Pick<AccountSnapshot, "orders">) => {
            for (const order of changed.orders) publish(toPlacedOrder(order));
          };
          return { onState: publishAll, onChanges: publishAll };
        }),
        AT_BROKER,
      ),
      serve(
        positions,
        ofAccount((publish) => {
          const publishAll = (changed: Pick<AccountSnapshot, "positions">) => {
            for (const position of changed.positions) publish(toPosition(position));
          };
          return { onState: publishAll, onChanges: publishAll };
        }),
        AT_BROKER,
      ),
      serve(
        executions,
        ofAccount((publish, { symbol }: ParamsOf<typeof executions>) => ({
          onChanges(changes) {
            for (const execution of changes.executions) {
              // mutant: filter-by-symbol
              if (symbol === null || execution.symbol === symbol) publish(toExecution(execution));
            }
          },
        })),
        AT_BROKER,
      ),
      serve(
        equity,
        ofAccount((publish) => ({
          onState: ({ valuation }) => void publish(toEquity(valuation)),
          onChanges: ({ valuation }) => void (valuation && publish(toEquity(valuation))),
        })),
        AT_BROKER,
      ),
      serve(
        account,
        ofAccount((publish) => {
          let last: AccountSnapshot["account"] | undefined;
          return {
            onState(state) {
              last = state.account;
              publish(toAccountState(state.account, state.valuation));
            },
            onChanges({ account: changed, valuation }) {
              // mutant: remember-account
              last = changed ?? last;
              if (last && valuation) publish(toAccountState(last, valuation));
            },
          };
        }),
        AT_BROKER,
      ),
      serve(
        brokerConnection,
        stoppable(async (_params, publish) => {
          publish(broker.connection);
          return broker.onConnection(publish);
        }),
        AT_BROKER,
      ),
      serve(
        notifications,
        ofAccount((publish) => ({
          onChanges(changes) {
            for (const notification of changes.notifications) publish(toNotification(notification));
          },
        })),
        AT_BROKER,
      ),
    ],
  });
}

/** Creates a source whose topics run until they are removed. */
function stoppable<Params, Update>(
  start: (params: Params, publish: Publish<Update>) => Promise<() => void>,
): TopicSource<Params, Update> {
  return { createTopic: (_topic, params, publish) => start(params, publish) };
}
