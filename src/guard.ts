/**
 * `mcp-firewall/guard`: for authors of MCP servers. Who calls a tool is verified (badges of RFC-002), decided upon and recorded
 * (RFC-006); who the server is can be disclosed and proven (RFC-007). Nothing of the editor and nothing of the MCP SDK is needed.
 */
export { guard, guardSync } from './guard/guard';
export { guardedServer } from './guard/guardedServer';
export type { GuardedServer, GuardedServerOptions, McpServerLike } from './guard/guardedServer';
export { computeParamsHash, evaluateToolAccess, verifyCredential } from './guard/evaluateToolAccess';
export { callerIdentity, withCaller } from './guard/callerCredential';
export type { CallerContext, CallerCredential, CallerExtra } from './guard/callerCredential';
export type { GuardConfig, TrustConfig, TrustedIssuerConfig } from './guard/guardConfig';
export type { GuardResult } from './guard/guardResult';
export type { EvidenceRecord } from './guard/evidenceRecord';
export type { EvidenceTarget } from './guard/evidenceSink';
export {
	GuardConfigError,
	GuardError,
	KeyGenerationError,
	RegistrationError,
	ServerVerifyError,
} from './guard/guardErrors';
export { ServerIdentity } from './guard/serverIdentity';
export type { ServerIdentityOptions } from './guard/serverIdentity';
export {
	DEFAULT_REGISTRY,
	generateServerKeypair,
	registerServerIdentity,
	requestServerBadge,
	setupServerIdentity,
} from './guard/registration';
export type { RegistryAccess, ServerKeypair } from './guard/registration';
export { parseHttpHeaders, parseJsonrpcMeta, verifyServer, verifyServerStrict } from './guard/verifyServer';
export type { ServerIdentityClaims, VerifyConfig, VerifyResult, VerifyServerInput } from './guard/verifyServer';
export { TRUST_LEVEL_NAMES } from './domain/identity/trustLevel';
export type { TrustLevel } from './domain/identity/trustLevel';
export type { PublicJwk } from './domain/identity/publicJwk';
export type { BadgeErrorCode } from './domain/identity/badge';
export type { DenyReason, ToolCode } from './domain/identity/toolCodes';
export type { PrincipalState, ServerErrorCode } from './domain/identity/principal';
export type { DecisionPoint, DecisionPointAnswer } from './domain/identity/decisionPoint';
export type { RegisterTool, ToolArguments, ToolExtra, ToolResult, ToolTrust } from './guard/toolTypes';
