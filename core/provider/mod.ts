/** The contract of providers: requests, answers, usage, prices. @module */
export {
  type ChatCall,
  type ChatChoice,
  type ChatCompletion,
  type ChatMessage,
  type ChatRequest,
  type ContentPart,
  type DecodeParameters,
  type FinishReason,
  type FinishReasonKind,
  type ToolCall,
  type ToolDefinition,
} from "./chat.ts";
export {
  type BatchLimits,
  type EmbeddingAnswer,
  type EmbeddingCall,
  type EmbeddingRequest,
  type RerankAnswer,
  type RerankCall,
  type RerankRequest,
} from "./embedding.ts";
export { type ListedPrice, listedPrice, PRICE_TABLE, PRICE_TABLE_VERSION } from "./price_table.ts";
export {
  type Capability,
  defineProvider,
  type Provider,
  type ProviderComponent,
  type ProviderDefinition,
  type ProviderHealth,
  type ProviderSetup,
} from "./provider.ts";
export { type Quota, quotasOfError, withQuotas } from "./quota.ts";
export { addUsage, costOf, NO_USAGE, type Price, splitInputTokens, splitUsage, type Usage } from "./usage.ts";
