/** The one way to an endpoint: admission, retries, budgets. @module */
export { MicroBatcher, type MicroBatcherOptions } from "./micro_batcher.ts";
export {
  AdaptiveLimiter,
  type AdaptiveLimiterOptions,
  type LimitChange,
  type LimiterState,
} from "./adaptive_limiter.ts";
export {
  type BudgetAlertListener,
  type BudgetLimits,
  type BudgetScope,
  type BudgetUnit,
  type BudgetUse,
} from "./budget_account.ts";
export { type BudgetLedger, type Reservation, type Spending } from "./budget_ledger.ts";
export { CallCap, type CapMember } from "./call_cap.ts";
export {
  type BudgetedStep,
  type BudgetPayer,
  ComposedBudget,
  type ComposedBudgetOptions,
  isBudgetYield,
  type RowHold,
} from "./composed_budget.ts";
export {
  type CallPhase,
  type Endpoint,
  Gateway,
  type GatewayAnswer,
  type GatewayCall,
  type GatewayOptions,
  type HedgeListener,
  type RetryListener,
} from "./gateway.ts";
export { type HedgeLimits, Hedging } from "./hedging.ts";
export { type CallOutcome, type Lease, type LeaseRequest, type Limiter } from "./limiter.ts";
export { PooledLimiter, type PoolMember } from "./pooled_limiter.ts";
