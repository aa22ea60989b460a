/** The one way to an endpoint: admission, retries, budgets. @module */
export {
  type BudgetLedger,
  LocalBudgetLedger,
  type Reservation,
  type Spending,
  type SpendingLimits,
} from "./budget_ledger.ts";
export {
  type Endpoint,
  Gateway,
  type GatewayAnswer,
  type GatewayCall,
  type GatewayOptions,
  type RetryListener,
} from "./gateway.ts";
export { type Lease, type LeaseRequest, type Limiter } from "./limiter.ts";
export { LocalLimiter } from "./local_limiter.ts";
